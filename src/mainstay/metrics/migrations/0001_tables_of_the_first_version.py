"""The tables of the first version in one step; an installation made before it goes on by the steps this replaces."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('metrics', '0001_initial'),
        ('metrics', '0002_declare_metrics_of_ones_own'),
        ('metrics', '0003_what_came_late_is_looked_for'),
    ]

    dependencies = [
        ('accounts', '0001_tables_of_the_first_version'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CorrectionLook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(null=True)),
                ('next_day', models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Profile',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='accounts.account')),
                ('fingerprint', models.BigIntegerField(help_text='of the values in the row: an equal one need not be written again')),
            ],
            options={
                'db_table': 'metrics_profile',
            },
        ),
        migrations.CreateModel(
            name='ProfileRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('as_of', models.DateTimeField(db_index=True)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField()),
                ('accounts', models.IntegerField(default=0)),
                ('changed', models.IntegerField(default=0, help_text='profiles whose values are not those of the run before')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='OwnMetric',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60, unique=True)),
                ('document', models.JSONField(help_text='what it means: `own.document.Document`')),
                ('revision', models.BigIntegerField(db_index=True, help_text='counts the changes of all own metrics')),
                ('changed_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(null=True)),
                ('stored_as', models.CharField(help_text='its column in the history when that was last filled in', max_length=80)),
                ('filled_from', models.DateField(help_text='every kept day from this one on has its value; null: none', null=True)),
                ('days_filled', models.IntegerField(default=0, help_text='kept days that have its value')),
                ('days_kept', models.IntegerField(default=0, help_text='kept days there were when that was last looked at')),
                ('problem', models.TextField(blank=True, help_text='why filling in the history stopped')),
                ('changed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['key'],
            },
        ),
    ]
