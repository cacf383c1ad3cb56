"""The tables of the first version in one step; an installation made before it goes on by the steps this replaces."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('deliveries', '0001_initial'),
        ('deliveries', '0002_contacts_are_written_to'),
        ('deliveries', '0003_receipts_are_kept'),
        ('deliveries', '0004_messages_are_seen_in_the_app'),
        ('deliveries', '0005_messages_go_to_targets'),
        ('deliveries', '0006_messages_know_their_step'),
        ('deliveries', '0007_account_messages_know_their_step'),
        ('deliveries', '0008_mails_come_back'),
        ('deliveries', '0009_messages_are_taken_down'),
        ('deliveries', '0010_messages_that_are_over_are_found'),
        ('deliveries', '0011_messages_of_a_playbook_are_found'),
    ]

    dependencies = [
        ('accounts', '0001_tables_of_the_first_version'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='InAppSetup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('origins', models.JSONField(default=list, help_text='the only sites whose pages may ask: https://app.example.com')),
                ('salt', models.CharField(blank=True, help_text='of the secret in force; empty: there is none', max_length=64)),
                ('former_salt', models.CharField(blank=True, max_length=64)),
                ('former_until', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField(help_text='when a browser asked last', null=True)),
                ('seen_origin', models.CharField(blank=True, max_length=300)),
                ('seen_version', models.CharField(blank=True, max_length=20)),
                ('ticked_until', models.DateTimeField(help_text='how far events were looked at for checklists', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Mailbox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='user, host and folder', max_length=300, unique=True)),
                ('uid_validity', models.BigIntegerField(null=True)),
                ('uid', models.BigIntegerField(default=0, help_text='the last one that was taken')),
                ('read_at', models.DateTimeField(help_text='when it was read last without a problem', null=True)),
                ('problem', models.CharField(blank=True, max_length=500)),
                ('problem_since', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='StoredPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('document', models.JSONField()),
                ('saved_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Choice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=254)),
                ('category', models.CharField(max_length=30)),
                ('is_allowed', models.BooleanField()),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('address', 'category'), name='one_choice_a_category')],
            },
        ),
        migrations.CreateModel(
            name='ConsentEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(db_index=True, max_length=254)),
                ('category', models.CharField(max_length=30)),
                ('is_allowed', models.BooleanField(null=True)),
                ('at', models.DateTimeField()),
                ('how', models.CharField(help_text='the preference page, one click in the mail program, a user…', max_length=200)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Target',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=100)),
                ('dialect', models.CharField(choices=[('standard', 'Webhook'), ('slack', 'Slack, Mattermost'), ('teams', 'Microsoft Teams')], max_length=10)),
                ('host', models.CharField(help_text='of the URL: all of it that is shown', max_length=300)),
                ('url', models.TextField(help_text='a secret: those of chats are their own password')),
                ('secret', models.CharField(blank=True, max_length=200)),
                ('former_secret', models.CharField(blank=True, max_length=200)),
                ('former_until', models.DateTimeField(null=True)),
                ('is_active', models.BooleanField(default=True)),
                ('off_because', models.CharField(blank=True, help_text='why Mainstay switched it off by itself', max_length=300)),
                ('failures', models.IntegerField(default=0, help_text='attempts in a row that failed and may pass')),
                ('rests_until', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=30)),
                ('recipient', models.CharField(max_length=254)),
                ('subject', models.CharField(blank=True, max_length=300)),
                ('text', models.TextField()),
                ('html', models.TextField(blank=True)),
                ('address', models.CharField(blank=True, max_length=254)),
                ('category', models.CharField(blank=True, max_length=30)),
                ('origin', models.CharField(blank=True, help_text='what asked for it: playbook:KEY', max_length=80)),
                ('origin_step', models.CharField(blank=True, max_length=60)),
                ('thread', models.UUIDField(help_text='the id of the first message of the conversation', null=True)),
                ('held_out', models.BooleanField(default=False)),
                ('not_after', models.DateTimeField(help_text='when it is of no use any more', null=True)),
                ('state', models.CharField(choices=[('queued', 'Waiting'), ('sending', 'Sending'), ('sent', 'Sent'), ('failed', 'Not sent'), ('unsure', 'Unsure'), ('refused', 'Refused')], default='queued', max_length=10)),
                ('next_attempt_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('left_at', models.DateTimeField(help_text='when it left, or may have left: what caps count', null=True)),
                ('note', models.TextField(blank=True, help_text='why it waits or was refused, as decided last')),
                ('content', models.JSONField(default=dict, help_text='of a message in the app: content.Content')),
                ('became', models.CharField(blank=True, choices=[('shown', 'Shown'), ('clicked', 'Clicked'), ('dismissed', 'Dismissed'), ('completed', 'Completed'), ('expired', 'Expired'), ('taken_down', 'Taken down')], help_text='of a message in the app', max_length=10)),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('contact', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.contact')),
                ('sender', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('target', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='deliveries.target')),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='AccountMessage',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('personas', models.JSONField(default=list, help_text='only these; empty: everybody')),
                ('category', models.CharField(max_length=30)),
                ('subject', models.CharField(max_length=300)),
                ('text', models.TextField(blank=True)),
                ('content', models.JSONField(default=dict)),
                ('origin', models.CharField(blank=True, default='', help_text='what asked for it: playbook:KEY', max_length=80)),
                ('origin_step', models.CharField(blank=True, default='', max_length=60)),
                ('not_after', models.DateTimeField()),
                ('created_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'ordering': ['created_at', 'pk'],
                'indexes': [models.Index(fields=['account', 'not_after'], name='account_message_alive')],
            },
        ),
        migrations.CreateModel(
            name='ChecklistItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField()),
                ('event', models.CharField(blank=True, max_length=200)),
                ('ticked_at', models.DateTimeField(null=True)),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='deliveries.delivery')),
            ],
            options={
                'ordering': ['delivery', 'number'],
                'indexes': [models.Index(condition=models.Q(('ticked_at', None), models.Q(('event', ''), _negated=True)), fields=['event'], name='checklist_item_waits')],
                'constraints': [models.UniqueConstraint(fields=('delivery', 'number'), name='checklist_item_number')],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField()),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(blank=True, choices=[('sent', 'Sent'), ('failed', 'Failed'), ('refused', 'Refused'), ('unsure', 'Unsure')], max_length=10)),
                ('message', models.TextField(blank=True)),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='deliveries.delivery')),
            ],
            options={
                'ordering': ['delivery', 'number'],
                'constraints': [models.UniqueConstraint(fields=('delivery', 'number'), name='attempt_number')],
            },
        ),
        migrations.CreateModel(
            name='Incoming',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='a hash of its Message-ID', max_length=64, unique=True)),
                ('kind', models.CharField(help_text='person, automatic, bounce, list, own, broken', max_length=12)),
                ('received_at', models.DateTimeField()),
                ('taken_at', models.DateTimeField()),
                ('note', models.CharField(blank=True, help_text='how it was matched, or what was wrong', max_length=300)),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('contact', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.contact')),
                ('delivery', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='replies', to='deliveries.delivery')),
            ],
            options={
                'ordering': ['-received_at', '-pk'],
                'indexes': [models.Index(condition=models.Q(('account__isnull', False), ('kind', 'person')), fields=['account', 'received_at'], name='incoming_reply')],
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=30)),
                ('at', models.DateTimeField()),
                ('detail', models.CharField(blank=True, help_text='the link, what the other server said…', max_length=2000)),
                ('mark', models.CharField(help_text='a hash of the detail: the same happens once', max_length=16)),
                ('passed_on_at', models.DateTimeField(null=True)),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='deliveries.delivery')),
            ],
            options={
                'ordering': ['at', 'pk'],
                'indexes': [models.Index(condition=models.Q(('passed_on_at', None)), fields=['id'], name='receipt_waits')],
                'constraints': [models.UniqueConstraint(fields=('delivery', 'kind', 'mark'), name='one_receipt_of_a_kind')],
            },
        ),
        migrations.CreateModel(
            name='Stop',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_on', models.BooleanField(default=True)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-started_at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_on', True)), fields=('is_on',), name='one_stop_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=254, unique=True)),
                ('kind', models.CharField(choices=[('bounce', 'Bounced'), ('complaint', 'Complained'), ('manual', 'Added by hand')], max_length=10)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('since', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-since', '-pk'],
                'indexes': [models.Index(fields=['-since', '-id'], name='suppression_newest')],
            },
        ),
        migrations.AddConstraint(
            model_name='target',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_at__isnull', True)), fields=('key',), name='one_target_of_a_key'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('not_after__isnull', False)), fields=['channel', 'state', 'became', 'not_after'], name='delivery_of_use_until'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['state', 'next_attempt_at'], name='delivery_due'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['address', 'left_at'], name='delivery_of_person'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['-created_at', '-id'], name='delivery_newest'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['origin', 'state', 'created_at'], name='delivery_of_origin'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['target', '-created_at'], name='delivery_of_target'),
        ),
    ]
