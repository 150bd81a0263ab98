"""An OpenID provider made with django-oauth-toolkit: one person and one client."""
import sys

import django

django.setup()

from django.contrib.auth.models import Group, User
from django.core.management import call_command
from oauth2_provider.models import Application

client, secret, redirect, signed_out = sys.argv[1:]
call_command("migrate", verbosity=0)
# The administrator's form signs people in.
alice = User.objects.create_superuser("alice", "alice@example.com", "alice secret 1", first_name="Alice", last_name="Adams")
alice.groups.add(Group.objects.create(name="people"))
Application.objects.create(
    name="Gatehouse", client_id=client, client_secret=secret, client_type="confidential", algorithm="RS256", redirect_uris=redirect,
    post_logout_redirect_uris=signed_out, authorization_grant_type="authorization-code", skip_authorization=True)
