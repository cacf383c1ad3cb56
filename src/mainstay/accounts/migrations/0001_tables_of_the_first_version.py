"""The tables of the first version in one step; an installation made before it goes on by the steps this replaces."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('accounts', '0001_initial'),
        ('accounts', '0002_records_say_when_they_were_made'),
        ('accounts', '0003_stages_and_milestones_are_dated'),
        ('accounts', '0004_contacts_belong_to_departments'),
        ('accounts', '0005_take_departments_out_of_attributes'),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, unique=True)),
                ('name', models.CharField(db_index=True, max_length=200)),
                ('domain', models.CharField(blank=True, max_length=200)),
                ('industry', models.CharField(blank=True, max_length=100)),
                ('country', models.CharField(blank=True, max_length=100)),
                ('employees', models.IntegerField(null=True)),
                ('tier', models.CharField(blank=True, help_text='enterprise, mid-market, smb: how it is served', max_length=50)),
                ('stage', models.CharField(blank=True, help_text='lifecycle: onboarding, adoption, renewal, churned', max_length=50)),
                ('signed_on', models.DateField(help_text='customer since', null=True)),
                ('churned_on', models.DateField(null=True)),
                ('attributes', models.JSONField(default=dict, help_text='custom fields and traits that have no column')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='children', to='accounts.account')),
            ],
            options={
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, unique=True)),
                ('name', models.CharField(blank=True, max_length=200)),
                ('email', models.CharField(blank=True, db_index=True, max_length=254)),
                ('title', models.CharField(blank=True, max_length=200)),
                ('persona', models.CharField(blank=True, help_text='end user, administrator, executive', max_length=50)),
                ('department', models.CharField(blank=True, help_text='department or team at the account', max_length=100)),
                ('attributes', models.JSONField(default=dict)),
                ('left_on', models.DateField(help_text='the day this person left the account', null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='accounts.account')),
            ],
            options={
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ContactRole',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(help_text='champion, executive_sponsor, economic_buyer, detractor…', max_length=50)),
                ('since', models.DateField()),
                ('until', models.DateField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, help_text='when Mainstay was told of it', null=True)),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='roles', to='accounts.contact')),
            ],
            options={
                'ordering': ['since', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Milestone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('agreed_on', models.DateField(help_text='since when it belongs to the plan')),
                ('due_on', models.DateField(null=True)),
                ('reached_on', models.DateField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, help_text='when Mainstay was told of it', null=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='milestones', to='accounts.account')),
            ],
            options={
                'ordering': ['due_on', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='StageChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.CharField(blank=True, max_length=50)),
                ('since', models.DateField()),
                ('created_at', models.DateTimeField(auto_now_add=True, help_text='when Mainstay was told of it', null=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stages', to='accounts.account')),
            ],
            options={
                'ordering': ['since', 'pk'],
            },
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(fields=['id', 'stage', 'churned_on', 'tier', 'owner'], name='account_narrow'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(condition=models.Q(('department', ''), _negated=True), fields=['account'], name='contact_department'),
        ),
        migrations.AddConstraint(
            model_name='contactrole',
            constraint=models.UniqueConstraint(condition=models.Q(('until', None)), fields=('contact', 'role'), name='one_current_role_of_a_kind'),
        ),
        migrations.AddConstraint(
            model_name='stagechange',
            constraint=models.UniqueConstraint(fields=('account', 'since'), name='one_stage_a_day'),
        ),
    ]
