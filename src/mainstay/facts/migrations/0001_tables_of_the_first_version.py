"""The tables of the first version in one step; an installation made before it goes on by the steps this replaces."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('facts', '0001_initial'),
        ('facts', '0002_what_arrives_is_watched'),
        ('facts', '0003_mark_features_as_integrations'),
        ('facts', '0004_features_are_described_and_retired'),
        ('facts', '0005_count_days_by_what_events_mean'),
        ('facts', '0006_keep_tallies'),
        ('facts', '0007_events_may_find_their_account_later'),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AnonymousLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('anonymous_id', models.CharField(max_length=200, unique=True)),
                ('user_key', models.CharField(db_index=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name='Attached',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account_id', models.BigIntegerField()),
                ('first_day', models.DateField()),
                ('n', models.BigIntegerField()),
                ('at', models.DateTimeField(auto_now_add=True, db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='Counting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fingerprint', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='DirtyDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(help_text='contact or account', max_length=10)),
                ('key', models.CharField(max_length=200)),
                ('requested_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='EventMeaning',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('meaning', models.CharField(max_length=30, unique=True)),
                ('events', models.JSONField(default=list, help_text='names, in any case of letters')),
            ],
            options={
                'ordering': ['meaning'],
            },
        ),
        migrations.CreateModel(
            name='EventType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, unique=True)),
                ('first_received_at', models.DateTimeField(help_text='when one came for the first time')),
                ('last_received_at', models.DateTimeField(help_text='when the latest one came')),
                ('first_day', models.DateField(help_text='the earliest day one happened on')),
                ('last_day', models.DateField(help_text='the latest day one happened on')),
                ('events', models.BigIntegerField(default=0)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Feature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60, unique=True)),
                ('label', models.CharField(max_length=100)),
                ('description', models.TextField(blank=True)),
                ('is_core', models.BooleanField(default=False)),
                ('is_premium', models.BooleanField(default=False)),
                ('is_integration', models.BooleanField(default=False, help_text='it connects another product')),
                ('plans', models.JSONField(default=list, help_text='the plans that include it; empty: all')),
                ('events', models.JSONField(default=list, help_text='names of the events that count as use')),
                ('retired_on', models.DateField(help_text='from this day on it is no part of the product', null=True)),
            ],
            options={
                'ordering': ['label', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='LoginEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, unique=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Observation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('received_until', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='its table in the lake', max_length=60, unique=True)),
                ('spec', models.JSONField(help_text='what it counts: `tally.TallySpec.as_dict`')),
                ('complete_from', models.DateField(help_text='every day from this one on is counted; null: none yet', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SourceVolume',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=30)),
                ('day', models.DateField()),
                ('rows', models.BigIntegerField()),
            ],
            options={
                'ordering': ['source', 'day'],
                'constraints': [models.UniqueConstraint(fields=('source', 'day'), name='one_volume_a_day')],
            },
        ),
        migrations.CreateModel(
            name='Unattached',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(help_text='account, user, anonymous: what the events name', max_length=10)),
                ('key', models.CharField(max_length=200)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'key'), name='one_row_per_unattached_key')],
            },
        ),
        migrations.CreateModel(
            name='DataProblem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(help_text='late, volume_low, volume_high, event_new, event_gone, type_new', max_length=20)),
                ('source', models.CharField(max_length=30)),
                ('subject', models.CharField(blank=True, help_text='the event, or event and property; empty: all', max_length=450)),
                ('summary', models.TextField()),
                ('evidence', models.JSONField(default=dict)),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('acknowledged_at', models.DateTimeField(null=True)),
                ('acknowledged_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-opened_at', '-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('kind', 'source', 'subject'), name='a_problem_once')],
            },
        ),
        migrations.CreateModel(
            name='EventProperty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('kind', models.CharField(help_text='text, number, boolean, list, object', max_length=10)),
                ('first_received_at', models.DateTimeField()),
                ('last_received_at', models.DateTimeField()),
                ('events', models.BigIntegerField(default=0)),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='properties', to='facts.eventtype')),
            ],
            options={
                'ordering': ['name', '-events'],
                'constraints': [models.UniqueConstraint(fields=('event', 'name', 'kind'), name='a_type_of_a_property_once')],
            },
        ),
    ]
