
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_take_departments_out_of_attributes'),
        ('deliveries', '0007_account_messages_know_their_step'),
    ]

    operations = [
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
    ]
