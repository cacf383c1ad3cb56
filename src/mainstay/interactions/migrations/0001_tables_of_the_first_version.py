"""The tables of the first version in one step; an installation made before it goes on by the steps this replaces."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('interactions', '0001_initial'),
        ('interactions', '0002_records_say_when_they_were_made'),
        ('interactions', '0003_a_pulse_is_an_own_judgement'),
        ('interactions', '0004_tickets_reopen_and_texts_have_a_sentiment'),
    ]

    dependencies = [
        ('accounts', '0001_tables_of_the_first_version'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Ticket',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, unique=True)),
                ('subject', models.CharField(blank=True, max_length=300)),
                ('severity', models.CharField(default='normal', help_text='low, normal, high, urgent', max_length=20)),
                ('opened_at', models.DateTimeField()),
                ('first_response_at', models.DateTimeField(null=True)),
                ('solved_at', models.DateTimeField(null=True)),
                ('csat', models.FloatField(help_text="1 to 5, the customer's rating of how it was handled", null=True)),
                ('rated_at', models.DateTimeField(null=True)),
                ('channel', models.CharField(blank=True, help_text='email, chat, phone, portal', max_length=30)),
                ('sentiment', models.FloatField(help_text='what its source made of the text: -1 (bad) to 1 (good)', null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, help_text='when Mainstay was told of it', null=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('contact', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.contact')),
            ],
            options={
                'ordering': ['-opened_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='TicketReopening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('created_at', models.DateTimeField(auto_now_add=True, help_text='when Mainstay was told of it', null=True)),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reopenings', to='interactions.ticket')),
            ],
            options={
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Interaction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, unique=True)),
                ('kind', models.CharField(help_text='meeting, call, email, note, business_review, training, certification', max_length=30)),
                ('title', models.CharField(max_length=300)),
                ('body', models.TextField(blank=True)),
                ('occurred_at', models.DateTimeField()),
                ('direction', models.CharField(blank=True, help_text='outbound or inbound, for mails and calls', max_length=10)),
                ('attended', models.BooleanField(help_text='customer came, completed it, passed it', null=True)),
                ('answered_at', models.DateTimeField(help_text='when the customer answered an outbound contact', null=True)),
                ('sentiment', models.FloatField(help_text='what its source made of it: -1 (bad) to 1 (good)', null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, help_text='when Mainstay was told of it', null=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('contact', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.contact')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-occurred_at', '-pk'],
                'indexes': [models.Index(fields=['account', '-occurred_at'], name='interaction_account_time')],
            },
        ),
        migrations.CreateModel(
            name='Pulse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('score', models.PositiveSmallIntegerField(help_text='0 to 100, like a health score')),
                ('reason', models.TextField()),
                ('given_at', models.DateTimeField()),
                ('expires_on', models.DateField(help_text='the first day on which it no longer counts')),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-given_at', '-pk'],
                'indexes': [models.Index(fields=['account', '-given_at'], name='pulse_account_time')],
                'constraints': [models.CheckConstraint(condition=models.Q(('score__lte', 100)), name='pulse_score_up_to_100')],
            },
        ),
        migrations.CreateModel(
            name='Response',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, unique=True)),
                ('kind', models.CharField(help_text='nps (0 to 10), csat (1 to 5), ces (1 to 7)', max_length=10)),
                ('score', models.FloatField()),
                ('comment', models.TextField(blank=True)),
                ('sentiment', models.FloatField(help_text='what its source made of the comment: -1 (bad) to 1 (good)', null=True)),
                ('answered_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(auto_now_add=True, help_text='when Mainstay was told of it', null=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('contact', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.contact')),
            ],
            options={
                'ordering': ['-answered_at', '-pk'],
                'indexes': [models.Index(fields=['account', '-answered_at'], name='response_account_time')],
            },
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['account', '-opened_at'], name='ticket_account_opened'),
        ),
        migrations.AddConstraint(
            model_name='ticketreopening',
            constraint=models.UniqueConstraint(fields=('ticket', 'at'), name='a_reopening_once'),
        ),
    ]
