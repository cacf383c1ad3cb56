"""The tables of the first version in one step; an installation made before it goes on by the steps this replaces."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('alerts', '0001_rules_alerts_and_digests'),
        ('alerts', '0002_people_are_told_of_late_sources'),
    ]

    dependencies = [
        ('facts', '0001_tables_of_the_first_version'),
        ('people', '0001_initial'),
        ('signals', '0001_tables_of_the_first_version'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Preferences',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('rhythm', models.CharField(choices=[('off', 'Off'), ('daily', 'Every day'), ('weekly', 'Once a week')], default='off', max_length=10)),
                ('hour', models.SmallIntegerField(default=8, help_text='of the day, where the user is')),
                ('weekday', models.SmallIntegerField(default=0, help_text='of a weekly digest, 0: Monday')),
                ('scope', models.CharField(choices=[('mine', 'What I look after'), ('all', 'All accounts')], default='mine', help_text='of the digest', max_length=10)),
                ('budget', models.SmallIntegerField(default=5, help_text='how many alerts a day go out at once')),
                ('webhook', models.CharField(blank=True, help_text='incoming webhook of the chat; a secret', max_length=500)),
                ('since', models.DateTimeField(help_text='the first digest begins here')),
            ],
        ),
        migrations.CreateModel(
            name='Watermark',
            fields=[
                ('name', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('signal', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Digest',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('rhythm', models.CharField(choices=[('off', 'Off'), ('daily', 'Every day'), ('weekly', 'Once a week')], max_length=10)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('subject', models.CharField(blank=True, max_length=300)),
                ('content', models.JSONField(help_text='null: nothing changed, nothing was sent', null=True)),
                ('created_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-ends_at'],
            },
        ),
        migrations.CreateModel(
            name='DataAlert',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('outcome', models.CharField(choices=[('at_once', 'Went out at once'), ('held', 'Held back for the digest'), ('digest', 'For the digest')], help_text='nothing is held back: there is no budget', max_length=10)),
                ('reason', models.CharField(help_text='why it went out, or waits for the digest', max_length=200)),
                ('channels', models.JSONField(default=list)),
                ('created_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField(null=True)),
                ('problem', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='facts.dataproblem')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('digest', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='data_alerts', to='alerts.digest')),
            ],
            options={
                'ordering': ['-created_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('outcome', models.CharField(choices=[('at_once', 'Went out at once'), ('held', 'Held back for the digest'), ('digest', 'For the digest')], max_length=10)),
                ('reason', models.CharField(help_text='why it went out, or was held back', max_length=200)),
                ('channels', models.JSONField(default=list)),
                ('value', models.BigIntegerField(help_text='money at stake in minor units, times the weight of the severity')),
                ('created_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField(null=True)),
                ('signal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='signals.signal')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('digest', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='alerts', to='alerts.digest')),
            ],
            options={
                'ordering': ['-created_at', '-value'],
            },
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.SmallIntegerField()),
                ('categories', models.JSONField(default=list, help_text='of the signal; none: every category')),
                ('severities', models.JSONField(default=list, help_text='of the signal; none: every severity')),
                ('scope', models.CharField(choices=[('mine', 'What I look after'), ('all', 'All accounts')], default='mine', max_length=10)),
                ('timing', models.CharField(choices=[('at_once', 'At once'), ('digest', 'In the digest')], default='at_once', max_length=10)),
                ('channels', models.JSONField(default=list)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['user', 'position'],
            },
        ),
        migrations.AddConstraint(
            model_name='digest',
            constraint=models.UniqueConstraint(fields=('user', 'ends_at'), name='digest_once'),
        ),
        migrations.AddIndex(
            model_name='dataalert',
            index=models.Index(fields=['user', 'created_at'], name='data_alert_of_user'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['user', 'created_at'], name='alert_of_user'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(('digest', None)), fields=['user', 'outcome'], name='alert_waiting'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.UniqueConstraint(fields=('user', 'position'), name='rule_position'),
        ),
    ]
