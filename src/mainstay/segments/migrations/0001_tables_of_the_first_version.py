"""The tables of the first version in one step; an installation made before it goes on by the steps this replaces."""

import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('segments', '0001_initial'),
        ('segments', '0002_segments_are_described_and_can_be_taken_back'),
    ]

    dependencies = [
        ('accounts', '0001_tables_of_the_first_version'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Segment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('description', models.TextField(blank=True)),
                ('condition', models.TextField()),
                ('condition_since', models.DateTimeField(help_text='who enters or leaves at this instant does so by the condition, which changed', null=True)),
                ('is_shared', models.BooleanField(default=True)),
                ('is_shipped', models.BooleanField(default=False, help_text='came with the product and was not changed by a person')),
                ('position', models.IntegerField(default=0)),
                ('member_count', models.IntegerField(default=0, help_text='as of the last refresh')),
                ('problem', models.TextField(blank=True, help_text='why the condition can no longer be taken; its members stay')),
                ('removed_at', models.DateTimeField(null=True)),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['position', 'name', 'pk'],
                'base_manager_name': 'with_removed',
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('with_removed', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('left_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('segment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='segments.segment')),
            ],
            options={
                'indexes': [models.Index(fields=['segment', 'entered_at'], name='entered_a_segment'), models.Index(fields=['segment', 'left_at'], name='left_a_segment')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('left_at', None)), fields=('segment', 'account'), name='in_a_segment_once')],
            },
        ),
    ]
