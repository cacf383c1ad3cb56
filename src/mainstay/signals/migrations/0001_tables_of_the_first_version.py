"""The tables of the first version in one step; an installation made before it goes on by the steps this replaces."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('signals', '0001_initial'),
        ('signals', '0002_states_and_declared_kinds'),
        ('signals', '0003_looks_of_kinds_that_wait'),
        ('signals', '0004_replays_that_are_asked_for'),
        ('signals', '0005_keep_what_people_did_with_signals'),
        ('signals', '0006_tell_what_people_did_from_the_audit_log'),
    ]

    dependencies = [
        ('accounts', '0001_tables_of_the_first_version'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Look',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=60, unique=True)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='StoredKind',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60, unique=True)),
                ('document', models.JSONField()),
                ('version', models.IntegerField()),
            ],
            options={
                'ordering': ['key'],
            },
        ),
        migrations.CreateModel(
            name='ReplayRun',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('key', models.CharField(db_index=True, max_length=60)),
                ('document', models.JSONField(help_text='the draft')),
                ('former', models.JSONField(help_text='the kind as it was when this was asked for; null: it is new', null=True)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(help_text='exclusive')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Under way'), ('done', 'Done'), ('failed', 'Failed')], default='waiting', max_length=10)),
                ('done', models.IntegerField(default=0, help_text='steps that are done, of `steps`')),
                ('steps', models.IntegerField(default=1)),
                ('results', models.JSONField(help_text='of the draft, and of the former kind; null: nothing is kept', null=True)),
                ('error', models.TextField(blank=True)),
                ('asked_at', models.DateTimeField(db_index=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-asked_at'],
            },
        ),
        migrations.CreateModel(
            name='Signal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=60)),
                ('severity', models.CharField(help_text='critical, warning, info', max_length=10)),
                ('opened_at', models.DateTimeField(db_index=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('closing', models.CharField(blank=True, choices=[('stopped', 'Its condition stopped'), ('churned', 'The account churned'), ('dismissed', 'Dismissed'), ('switched_off', 'Its kind was switched off')], max_length=20)),
                ('is_quiet', models.BooleanField(default=False, help_text='dismissed, and its condition has held ever since: nothing new opens until it stops')),
                ('evidence', models.JSONField(default=list, help_text='[{field, label, then, now, unit}]: the values it rests on')),
                ('summary', models.CharField(blank=True, help_text='one sentence with the values', max_length=300)),
                ('at_stake_minor', models.BigIntegerField(help_text='the money its kind names, when it opened', null=True)),
                ('currency', models.CharField(default='USD', max_length=3)),
                ('acknowledged_at', models.DateTimeField(null=True)),
                ('snoozed_until', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('acknowledged_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('assignee', models.ForeignKey(help_text='who looks after it; null: the owner of the account', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-opened_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Handling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('acknowledged_at', models.DateTimeField(null=True)),
                ('snoozed_until', models.DateTimeField(null=True)),
                ('acknowledged_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('assignee', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('signal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='handlings', to='signals.signal')),
            ],
            options={
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Dismissal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=60)),
                ('condition', models.TextField(blank=True, help_text='the condition as it was then')),
                ('reason', models.CharField(choices=[('false_alarm', 'False alarm'), ('wrong_data', 'The data is wrong'), ('not_relevant', 'Not relevant for this account'), ('known', 'Known already'), ('handled', 'Handled elsewhere'), ('other', 'Something else')], max_length=20)),
                ('note', models.TextField(blank=True)),
                ('evidence', models.JSONField(default=list)),
                ('at', models.DateTimeField()),
                ('taken_back_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('signal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='dismissals', to='signals.signal')),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='KindVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60)),
                ('version', models.IntegerField()),
                ('document', models.JSONField(help_text='null: it was removed, or a shipped kind is as shipped again', null=True)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['key', '-version'],
                'constraints': [models.UniqueConstraint(fields=('key', 'version'), name='kind_version')],
            },
        ),
        migrations.CreateModel(
            name='Pending',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=60)),
                ('since', models.DateTimeField(help_text='the first look at which it held, and at every one from then on')),
                ('days', models.IntegerField(help_text='on how many days it was seen to hold, the present one included')),
                ('seen_on', models.DateField(help_text='the latest of these days')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'ordering': ['since', 'pk'],
                'indexes': [models.Index(fields=['kind', 'since'], name='pending_since')],
                'constraints': [models.UniqueConstraint(fields=('account', 'kind'), name='pending_once')],
            },
        ),
        migrations.AddIndex(
            model_name='signal',
            index=models.Index(fields=['closed_at', 'opened_at'], name='signal_open'),
        ),
        migrations.AddIndex(
            model_name='signal',
            index=models.Index(fields=['kind', 'closed_at'], name='signal_kind_closed'),
        ),
        migrations.AddIndex(
            model_name='signal',
            index=models.Index(condition=models.Q(('is_quiet', True)), fields=['kind', 'account'], name='signal_quiet'),
        ),
        migrations.AddConstraint(
            model_name='signal',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('account', 'kind'), name='one_open_signal_of_a_kind'),
        ),
        migrations.AddIndex(
            model_name='handling',
            index=models.Index(fields=['signal', 'at'], name='handling_of_signal'),
        ),
        migrations.AddIndex(
            model_name='dismissal',
            index=models.Index(fields=['kind', 'at'], name='dismissal_kind'),
        ),
    ]
