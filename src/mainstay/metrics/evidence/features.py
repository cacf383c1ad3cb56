"""Evidence about features: which are used, by whom and how much."""

from functools import partial

from mainstay.facts.models import Feature
from mainstay.metrics.evidence import query
from mainstay.metrics.evidence.table import Builder, Column, Evidence, Question, Row, Shape, counted, made, made_of_many


def features(question: Question, *, mark: str = "") -> Evidence:
    """Each feature of the plan (with the mark `core`, `premium` or `integration`) and its use in the window, the unused
    ones last."""
    only = f" WHERE {mark}" if mark else ""
    found = query.query(
        question,
        f"""SELECT p.feature, count(DISTINCT contact_id), coalesce(sum(n), 0)::BIGINT, min(age)
        FROM (SELECT DISTINCT feature FROM plan_features JOIN features USING (feature){only}) AS p
        LEFT JOIN feature_days AS d ON d.feature = p.feature AND d.age BETWEEN 0 AND {question.days}
        GROUP BY 1 ORDER BY 3 DESC, 1""",
    )
    catalogue = Feature.objects.in_bulk(field_name="key")
    rows = [
        Row(
            (catalogue[key].label, catalogue[key].is_core, users, events, query.day(question, last)),
            events=query.of_feature(question, catalogue[key]),
        )
        for key, users, events, last in found
    ]
    used = sum(1 for row in found if row[3] is not None)
    columns = (
        query.FEATURE,
        Column("is_core", "Core", Shape.BOOLEAN),
        query.USERS,
        query.EVENTS,
        Column("last_day", "Last used", Shape.DATE),
    )
    which = {"": "feature", "integration": "integration"}.get(mark, f"{mark} feature")
    return made(
        f"{used} of {counted(len(found), which)} in the plan used {query.span(question, youngest=0)}.", columns, rows
    )


def core_features(question: Question) -> Evidence:
    """Each core feature and its use in the younger and in the older half of the window."""
    half = question.days // 2
    found = query.query(
        question,
        f"""SELECT feature, coalesce(sum(n) FILTER (age <= {half}), 0)::BIGINT,
          coalesce(sum(n) FILTER (age > {half}), 0)::BIGINT
        FROM feature_days WHERE core AND age BETWEEN 1 AND {question.days} GROUP BY 1 ORDER BY 2 DESC, 1""",
    )
    catalogue = Feature.objects.in_bulk(field_name="key")
    rows = [
        Row((catalogue[key].label, now, before), events=query.of_feature(question, catalogue[key]))
        for key, now, before in found
    ]
    now, before = sum(row[1] for row in found), sum(row[2] for row in found)
    columns = (
        query.FEATURE,
        Column("uses", f"Uses, last {half} days", Shape.COUNT),
        Column("uses_before", f"Uses, {half} days before", Shape.COUNT),
    )
    return made(f"{counted(now, 'use')} of core features in {half} complete days, {before:,} in the {half} before.",
                columns, rows)  # fmt: skip


def feature_users(question: Question, *, mark: str = "") -> Evidence:
    """Who used a feature in the window (with the mark `core` or `premium`), and how much of them."""
    only = f" AND {mark}" if mark else ""
    found = query.query(
        question,
        f"""SELECT contact_id, count(DISTINCT feature), count(DISTINCT age), sum(n)::BIGINT,
          coalesce(sum(n) FILTER (age > 0), 0)::BIGINT, min(age)
        FROM feature_days WHERE contact_id IS NOT NULL AND age BETWEEN 0 AND {question.days}{only}
        GROUP BY 1 ORDER BY 4 DESC, 1""",
    )
    events = tuple(
        event
        for feature in Feature.objects.all()
        if not mark or getattr(feature, f"is_{mark}")
        for event in feature.events
    )
    rows = (
        Row((*who, features, days, uses, complete, query.day(question, last)),
            events=query.of_contact(question, contact, events))
        for who, (contact, features, days, uses, complete, last) in query.with_people(found)
    )  # fmt: skip
    columns = (
        query.NAME,
        query.EMAIL,
        Column("features", "Features", Shape.COUNT),
        Column("days", "Days", Shape.COUNT),
        Column("uses", "Uses", Shape.COUNT),
        Column("uses_complete", "Without today", Shape.COUNT),
        Column("last_day", "Last used", Shape.DATE),
    )
    of = f"{mark} features" if mark else "features"
    sentence = f"{counted(len(found), 'user')} of {of} {query.span(question, youngest=0)}."
    return made_of_many(sentence, columns, rows, total=len(found))


BUILDERS: dict[str, Builder] = {
    "features": features,
    "core_plan_features": partial(features, mark="core"),
    "premium_plan_features": partial(features, mark="premium"),
    "integrations": partial(features, mark="integration"),
    "core_features": core_features,
    "feature_users": feature_users,
    "core_feature_users": partial(feature_users, mark="core"),
    "premium_feature_users": partial(feature_users, mark="premium"),
}
