"""The tables of the first version in one step; an installation made before it goes on by the steps this replaces."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('playbooks', '0001_initial'),
        ('playbooks', '0002_trees_drafts_and_holdouts'),
        ('playbooks', '0003_runs_stand_before_a_named_step'),
        ('playbooks', '0004_a_run_has_a_playbook'),
        ('playbooks', '0005_runs_stand_before_no_number'),
        ('playbooks', '0006_tasks_have_a_checklist'),
        ('playbooks', '0007_drafts_can_be_taken_back'),
        ('playbooks', '0008_tasks_are_promised_and_snoozed'),
        ('playbooks', '0009_the_first_due_time_was_the_promise'),
        ('playbooks', '0010_trials'),
        ('playbooks', '0011_tasks_are_reached_by_calendars_and_mails'),
        ('playbooks', '0012_approvals_are_answered_by_whom_they_ask'),
        ('playbooks', '0013_runs_wait_for_decisions'),
    ]

    dependencies = [
        ('accounts', '0001_tables_of_the_first_version'),
        ('signals', '0001_tables_of_the_first_version'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Playbook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('is_active', models.BooleanField(default=True)),
                ('removed_at', models.DateTimeField(null=True)),
                ('problem', models.TextField(blank=True, help_text='why nobody could enter at the last refresh; empty: all is well')),
                ('capped_at', models.DateTimeField(help_text='when a cap last kept somebody out', null=True)),
                ('kept_out', models.IntegerField(default=0, help_text='how many the caps kept out at the last refresh')),
            ],
            options={
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='UsedLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mark', models.CharField(help_text='a hash of the link', max_length=64, unique=True)),
                ('used_at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='Watch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(help_text='condition, event', max_length=10)),
                ('digest', models.CharField(help_text='of kind and name', max_length=64, unique=True)),
                ('name', models.TextField(help_text='the condition; the names of events, a line each')),
            ],
        ),
        migrations.CreateModel(
            name='Watermark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True)),
                ('until', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('secret_hash', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField()),
                ('read_at', models.DateTimeField(help_text='when it was read last, to the hour', null=True)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='PlaybookVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.IntegerField()),
                ('document', models.JSONField()),
                ('published_at', models.DateTimeField()),
                ('is_shipped', models.BooleanField(default=False, help_text='as it came with Mainstay')),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('by', models.ForeignKey(help_text='null: it came with Mainstay', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('playbook', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='playbooks.playbook')),
            ],
            options={
                'ordering': ['playbook', 'version'],
            },
        ),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.JSONField(default=dict)),
                ('revision', models.IntegerField(default=1)),
                ('created_at', models.DateTimeField()),
                ('saved_at', models.DateTimeField()),
                ('window', models.CharField(blank=True, help_text='which window of whose browser saved it: that one may save on', max_length=40)),
                ('at', models.IntegerField(default=0, help_text='the number of the state it is in, see DraftState')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('saved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('playbook', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to='playbooks.playbook')),
                ('base', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='playbooks.playbookversion')),
            ],
            options={
                'ordering': ['-saved_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('reason', models.CharField(max_length=200)),
                ('why', models.CharField(blank=True, help_text='the reason as a sentence', max_length=300)),
                ('state', models.CharField(choices=[('active', 'Under way'), ('paused', 'Paused'), ('failed', 'Failed'), ('done', 'Done'), ('exited', 'Ended early'), ('stopped', 'Stopped'), ('held_out', 'Held out')], default='active', max_length=10)),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_because', models.CharField(blank=True, max_length=200)),
                ('error', models.TextField(blank=True, help_text='why a failed run failed')),
                ('position', models.CharField(blank=True, max_length=60)),
                ('wake_at', models.DateTimeField(help_text='not to be advanced before; null: it has ended', null=True)),
                ('moved_at', models.DateTimeField(help_text='when it came to where it stands', null=True)),
                ('awaits', models.CharField(blank=True, help_text='condition, event, tasks or decision, beside the time', max_length=10)),
                ('heard', models.CharField(blank=True, help_text='what came of that; empty: nothing yet', max_length=40)),
                ('outcomes', models.JSONField(default=dict, help_text='step: what it came to')),
                ('is_held_out', models.BooleanField(default=False, help_text='decided when it began, and for good')),
                ('goal_at', models.DateTimeField(help_text='when the goal was first seen to be reached', null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('contact', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.contact')),
                ('playbook', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='playbooks.playbook')),
                ('signal', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='signals.signal')),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='playbooks.playbookversion')),
                ('watch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='playbooks.watch')),
            ],
            options={
                'ordering': ['-started_at'],
            },
        ),
        migrations.CreateModel(
            name='StepRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(max_length=60)),
                ('kind', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('outcome', models.JSONField(default=dict)),
                ('result', models.CharField(blank=True, max_length=60)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='playbooks.run')),
            ],
            options={
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=300)),
                ('why', models.TextField(blank=True, help_text='the reason, with the values')),
                ('checklist', models.JSONField(default=list, help_text='what is to be ticked off: `text` and `done` of each')),
                ('is_approval', models.BooleanField(default=False, help_text='only its owner or a manager may close it')),
                ('talk_track', models.TextField(blank=True, help_text='what to say, for whoever calls')),
                ('step', models.CharField(blank=True, help_text='the step of the run that made it', max_length=60)),
                ('due_at', models.DateTimeField(null=True)),
                ('promised_at', models.DateTimeField(help_text='the due time it was made with; postponing does not move it', null=True)),
                ('snoozed_until', models.DateTimeField(help_text='out of sight until then; its clock goes on', null=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('dismissed_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('done_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='tasks', to='playbooks.run')),
            ],
            options={
                'ordering': ['due_at', 'created_at'],
            },
        ),
        migrations.CreateModel(
            name='Trial',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('purpose', models.CharField(help_text='dry_run, replay', max_length=20)),
                ('key', models.CharField(max_length=60)),
                ('document', models.JSONField(help_text='what is tried: a draft, or the version that was in force')),
                ('chosen', models.JSONField(default=list, help_text='ids of accounts it would be started on by hand; empty: none')),
                ('state', models.CharField(choices=[('waiting', 'Waiting for a worker'), ('running', 'Under way'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='waiting', max_length=10)),
                ('done', models.IntegerField(default=0, help_text='steps that are done, of `steps`')),
                ('steps', models.IntegerField(default=0, help_text='as many as are known')),
                ('results', models.JSONField(null=True)),
                ('error', models.TextField(blank=True)),
                ('asked_at', models.DateTimeField(db_index=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('draft', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='playbooks.draft')),
            ],
            options={
                'ordering': ['-asked_at'],
            },
        ),
        migrations.CreateModel(
            name='DraftState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField()),
                ('content', models.JSONField()),
                ('what', models.CharField(blank=True, help_text='what was changed to come here: “welcome” moved', max_length=200)),
                ('saved_at', models.DateTimeField()),
                ('draft', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='states', to='playbooks.draft')),
            ],
            options={
                'ordering': ['draft', 'number'],
                'constraints': [models.UniqueConstraint(fields=('draft', 'number'), name='draft_state')],
            },
        ),
        migrations.AddConstraint(
            model_name='playbookversion',
            constraint=models.UniqueConstraint(fields=('playbook', 'version'), name='playbook_version'),
        ),
        migrations.AddConstraint(
            model_name='draft',
            constraint=models.UniqueConstraint(condition=models.Q(('playbook__isnull', False)), fields=('playbook',), name='one_draft_of_a_playbook'),
        ),
        migrations.AddConstraint(
            model_name='steprun',
            constraint=models.UniqueConstraint(fields=('run', 'step'), name='a_step_of_a_run_once'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['owner', 'done_at', 'due_at'], name='task_owner_open'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['account', 'done_at'], name='task_account_open'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['created_at'], name='task_opened'),
        ),
        migrations.AddIndex(
            model_name='trial',
            index=models.Index(fields=['key', 'purpose', '-asked_at'], name='trial_of_playbook'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(fields=['playbook', 'state', 'wake_at'], name='run_due_of_playbook'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(fields=['playbook', '-started_at'], name='run_of_playbook'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(fields=['account', 'playbook', '-started_at'], name='run_of_account'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('awaits__gt', '')), fields=['watch'], name='run_watching'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('goal_at__isnull', True)), fields=['playbook', 'started_at'], name='run_without_goal'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('state', 'failed')), fields=['playbook', 'position'], name='run_failed'),
        ),
    ]
