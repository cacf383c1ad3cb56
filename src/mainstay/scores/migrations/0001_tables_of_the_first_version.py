"""The tables of the first version in one step; an installation made before it goes on by the steps this replaces."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('scores', '0001_initial'),
        ('scores', '0002_versions_with_author_and_drafts'),
        ('scores', '0003_shadows'),
        ('scores', '0004_parents_roll_up'),
        ('scores', '0005_window_of_drafts'),
        ('scores', '0006_change_by_the_same_rule'),
        ('scores', '0007_backfills_that_are_asked_for'),
    ]

    dependencies = [
        ('accounts', '0001_tables_of_the_first_version'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Scorecard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('position', models.IntegerField(default=0, help_text='the first scorecard whose condition holds serves the account')),
                ('archived_at', models.DateTimeField(help_text='from then on it serves nobody; its versions stay, past scores were made with them', null=True)),
            ],
            options={
                'ordering': ['position', 'key'],
            },
        ),
        migrations.CreateModel(
            name='ScoringRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('as_of', models.DateTimeField(db_index=True)),
                ('finished_at', models.DateTimeField()),
                ('accounts', models.IntegerField(default=0)),
                ('changed', models.IntegerField(default=0)),
                ('sources', models.JSONField(default=dict, help_text='source: {last_received_at, is_late}')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='BackfillRun',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(help_text='inclusive')),
                ('every', models.CharField(help_text='day, week, month', max_length=10)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Under way'), ('done', 'Done'), ('failed', 'Stopped by an error'), ('cancelled', 'Cancelled')], default='waiting', max_length=10)),
                ('days', models.IntegerField(help_text='how many days it is about')),
                ('days_done', models.IntegerField(default=0)),
                ('computed', models.IntegerField(default=0, help_text='days whose profiles were computed; the others were kept')),
                ('scored', models.IntegerField(default=0, help_text='days that were scored')),
                ('reached', models.DateField(help_text='its days from this one on are done; null: none', null=True)),
                ('turn', models.IntegerField(default=0, help_text='counts the jobs that carry it out: only the latest one may')),
                ('error', models.TextField(blank=True)),
                ('failed_on', models.DateField(help_text='the day that could not be computed', null=True)),
                ('asked_at', models.DateTimeField(db_index=True)),
                ('moved_at', models.DateTimeField(help_text='when something was last heard of it')),
                ('finished_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-asked_at'],
            },
        ),
        migrations.CreateModel(
            name='ScorecardVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.IntegerField()),
                ('document', models.JSONField()),
                ('is_shipped', models.BooleanField(default=False, help_text='came with the product, not from a person')),
                ('is_from_file', models.BooleanField(default=False, help_text='came from a file in MAINSTAY_HOME/scorecards')),
                ('published_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, help_text='why, in the words of who published it', max_length=500)),
                ('restores', models.IntegerField(help_text='the earlier version that it brought back', null=True)),
                ('published_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('scorecard', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='scores.scorecard')),
            ],
            options={
                'ordering': ['scorecard', 'version'],
            },
        ),
        migrations.CreateModel(
            name='Health',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='accounts.account')),
                ('score', models.IntegerField(null=True)),
                ('band', models.CharField(max_length=8)),
                ('coverage', models.FloatField(help_text='0 to 1: the share of the weight whose measures are known')),
                ('is_rolled_up', models.BooleanField(default=False, help_text='score, band and coverage are those of its child accounts: it has none of its own')),
                ('has_late', models.BooleanField(default=False, help_text='a measure is left out because its source is late')),
                ('as_of', models.DateTimeField(help_text='when this row was last written; unchanged accounts are not, see ScoringRun')),
                ('band_since', models.DateTimeField()),
                ('previous_band', models.CharField(blank=True, max_length=8)),
                ('score_7d_ago', models.IntegerField(null=True)),
                ('change_7d', models.IntegerField(help_text='score less that of seven days ago, by the same rule if it is a new one; null while a source is late', null=True)),
                ('cause', models.CharField(blank=True, help_text='what moved the score most, in a few words', max_length=200)),
                ('weeks', models.JSONField(default=list, help_text='the scores of the last twelve weeks, oldest first, null: unknown')),
                ('detail', models.JSONField(default=dict, help_text='{values, good, slipped}: what `scoring.score` needs to give the whole explanation again')),
                ('fingerprint', models.BigIntegerField(help_text='of the profile it was scored from: an equal one need not be scored again')),
                ('scorecard_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='scores.scorecardversion')),
            ],
        ),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.JSONField()),
                ('revision', models.IntegerField(default=1)),
                ('created_at', models.DateTimeField()),
                ('saved_at', models.DateTimeField()),
                ('window', models.CharField(blank=True, help_text='which window of whose browser saved it: that one may save on', max_length=40)),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('saved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('scorecard', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to='scores.scorecard')),
                ('base', models.ForeignKey(help_text='what it began from', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='scores.scorecardversion')),
            ],
            options={
                'ordering': ['-saved_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Shadow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='of the scorecard it would be a version of', max_length=60)),
                ('document', models.JSONField()),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(blank=True, choices=[('stopped', 'Stopped'), ('published', 'Published'), ('replaced', 'Replaced by another draft')], max_length=10)),
                ('scored_at', models.DateTimeField(help_text='the refresh that looked at it last', null=True)),
                ('context', models.JSONField(default=dict, help_text='what else its scores rest on: {day, late, cards}; while equal, only profiles matter')),
                ('draft', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='scores.draft')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-started_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='ShadowScore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('score', models.IntegerField(null=True)),
                ('band', models.CharField(help_text='none: no scorecard would serve the account', max_length=8)),
                ('coverage', models.FloatField()),
                ('fingerprint', models.BigIntegerField(help_text='of the profile it was scored from')),
                ('account', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('shadow', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scores', to='scores.shadow')),
            ],
        ),
        migrations.AddConstraint(
            model_name='scorecardversion',
            constraint=models.UniqueConstraint(fields=('scorecard', 'version'), name='scorecard_version'),
        ),
        migrations.AddIndex(
            model_name='health',
            index=models.Index(fields=['band', 'score'], name='health_band_score'),
        ),
        migrations.AddIndex(
            model_name='health',
            index=models.Index(fields=['change_7d', 'account'], name='health_change'),
        ),
        migrations.AddIndex(
            model_name='health',
            index=models.Index(fields=['score', 'account'], name='health_score'),
        ),
        migrations.AddIndex(
            model_name='health',
            index=models.Index(fields=['account', 'band', 'score', 'change_7d', 'band_since', 'previous_band', 'coverage'], name='health_narrow'),
        ),
        migrations.AddConstraint(
            model_name='draft',
            constraint=models.UniqueConstraint(fields=('scorecard', 'author'), name='draft_of_author'),
        ),
        migrations.AddConstraint(
            model_name='shadow',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('key',), name='one_running_shadow'),
        ),
        migrations.AddIndex(
            model_name='shadowscore',
            index=models.Index(fields=['account'], name='shadow_of_account'),
        ),
        migrations.AddConstraint(
            model_name='shadowscore',
            constraint=models.UniqueConstraint(fields=('shadow', 'account'), name='shadow_account'),
        ),
    ]
