"""The tables of the first version in one step; an installation made before it goes on by the steps this replaces."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('ingest', '0001_initial'),
        ('ingest', '0002_source_holidays'),
    ]

    dependencies = [
        ('people', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportedEvent',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name='InboxWatermark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('generation', models.CharField(max_length=32, unique=True)),
                ('loaded_id', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=30, unique=True)),
                ('label', models.CharField(max_length=60)),
                ('last_received_at', models.DateTimeField(null=True)),
                ('rows_received', models.BigIntegerField(default=0)),
                ('declared_rhythm_seconds', models.IntegerField(help_text='set by a person; wins over the learnt one', null=True)),
                ('learnt_rhythm_seconds', models.IntegerField(null=True)),
                ('holidays_of', models.CharField(blank=True, help_text='country whose holidays are quiet (ISO 3166)', max_length=10)),
                ('arrivals', models.JSONField(default=list, help_text='the last arrivals (ISO), from which the rhythm is learnt')),
            ],
            options={
                'ordering': ['key'],
            },
        ),
        migrations.CreateModel(
            name='DeadLetter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('received_at', models.DateTimeField(db_index=True)),
                ('kind', models.CharField(default='batch', help_text='the endpoint it came through', max_length=20)),
                ('sent_at', models.DateTimeField(help_text="when its batch was sent, by the client's clock", null=True)),
                ('message_id', models.CharField(blank=True, max_length=200)),
                ('code', models.CharField(max_length=60)),
                ('reason', models.TextField()),
                ('body', models.TextField()),
                ('replayed_at', models.DateTimeField(null=True)),
                ('write_key', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='people.writekey')),
            ],
            options={
                'ordering': ['-received_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='FileImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('filename', models.CharField(max_length=255)),
                ('path', models.CharField(help_text='where the upload is kept, below MAINSTAY_HOME', max_length=500)),
                ('mapping', models.JSONField(default=dict)),
                ('create_accounts', models.BooleanField(default=False)),
                ('state', models.CharField(default='uploaded', help_text='uploaded, waiting, running, done, failed', max_length=20)),
                ('rows_total', models.BigIntegerField(null=True)),
                ('rows_done', models.BigIntegerField(default=0)),
                ('rows_created', models.BigIntegerField(default=0)),
                ('rows_changed', models.BigIntegerField(default=0)),
                ('rows_unchanged', models.BigIntegerField(default=0)),
                ('rows_failed', models.BigIntegerField(default=0)),
                ('failures_path', models.CharField(blank=True, max_length=500)),
                ('report', models.JSONField(default=dict, help_text='examples of failures, ignored columns, notes')),
                ('error', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='InboxRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('received_at', models.DateTimeField()),
                ('write_key_id', models.BigIntegerField(null=True)),
                ('kind', models.CharField(max_length=20)),
                ('body', models.BinaryField()),
                ('rejected', models.BinaryField(null=True)),
                ('loaded_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('loaded_at', None)), fields=['id'], name='inbox_waiting')],
            },
        ),
    ]
