"""The tables of the first version in one step; an installation made before it goes on by the steps this replaces."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('subscriptions', '0001_initial'),
        ('subscriptions', '0002_records_say_when_they_were_made'),
        ('subscriptions', '0003_limits_list_prices_and_readings'),
    ]

    dependencies = [
        ('accounts', '0001_tables_of_the_first_version'),
    ]

    operations = [
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, unique=True)),
                ('amount_minor', models.BigIntegerField()),
                ('currency', models.CharField(default='USD', max_length=3)),
                ('issued_on', models.DateField()),
                ('due_on', models.DateField()),
                ('paid_on', models.DateField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, help_text='when Mainstay was told of it', null=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'ordering': ['issued_on', 'pk'],
                'indexes': [models.Index(fields=['account', 'due_on'], name='invoice_account_due')],
            },
        ),
        migrations.CreateModel(
            name='Reading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, unique=True)),
                ('limit', models.CharField(help_text='data_gb, api_calls', max_length=30)),
                ('used', models.FloatField()),
                ('measured_on', models.DateField()),
                ('created_at', models.DateTimeField(auto_now_add=True, help_text='when Mainstay was told of it', null=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'ordering': ['measured_on', 'pk'],
                'indexes': [models.Index(fields=['account', 'limit', 'measured_on'], name='reading_account_limit_day')],
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, unique=True)),
                ('plan', models.CharField(blank=True, max_length=100)),
                ('seats', models.IntegerField(help_text='licensed seats; null: not sold by seat', null=True)),
                ('amount_minor', models.BigIntegerField(default=0, help_text='price of one billing period, in minor units')),
                ('currency', models.CharField(default='USD', max_length=3)),
                ('period_months', models.IntegerField(default=12, help_text='length of a billing period')),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(null=True)),
                ('renews_on', models.DateField(help_text='when the next decision is due; null: derived from the term', null=True)),
                ('is_trial', models.BooleanField(default=False)),
                ('auto_renews', models.BooleanField(default=False)),
                ('list_amount_minor', models.BigIntegerField(help_text='price of a period before any discount', null=True)),
                ('data_limit_gb', models.FloatField(help_text='stored data included; null: not limited', null=True)),
                ('api_call_limit', models.BigIntegerField(help_text='API calls a month; null: not limited', null=True)),
                ('limits', models.JSONField(default=dict, help_text='other limits of the plan')),
                ('created_at', models.DateTimeField(auto_now_add=True, help_text='when Mainstay was told of it', null=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'ordering': ['starts_on', 'pk'],
                'indexes': [models.Index(fields=['account', 'starts_on'], name='subscription_account_start')],
            },
        ),
    ]
