"""What the tests ask of a Django site: `migrate`, `people`, `authenticate`, `edit`. Answers are JSON on standard output."""
import json
import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import django  # noqa: E402

django.setup()

from django.contrib.auth import authenticate  # noqa: E402
from django.contrib.auth.hashers import get_hashers, make_password  # noqa: E402
from django.contrib.auth.models import Group, Permission, User  # noqa: E402
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.management import call_command  # noqa: E402


def migrate(arguments):
    """Django's own migrate; `--check` ends with 1 if there is something to do."""
    call_command("migrate", *arguments, verbosity=0)
    print(json.dumps({}))


def permission(name):
    app, codename = name.split(".")
    model = codename.split("_")[1]
    content_type, _ = ContentType.objects.get_or_create(app_label=app, model=model)
    return Permission.objects.get_or_create(
        content_type=content_type, codename=codename, defaults={"name": f"Can {codename}"})[0]


def people(_):
    """Makes people of every kind and prints what Django itself says of each."""
    editors, nobody = Group.objects.create(name="editors"), Group.objects.create(name="empty, but named")
    editors.permissions.add(permission("pages.change_page"), permission("pages.view_page"))
    made = []

    def add(name, password, encoded=None, **fields):
        groups, own = fields.pop("groups", []), fields.pop("own", [])
        user = User(username=name, **fields)
        user.password = encoded or make_password(password)
        user.save()
        user.groups.add(*groups)
        user.user_permissions.add(*[permission(one) for one in own])
        made.append((user, password))

    for hasher in get_hashers():
        password = f"knocking at the {hasher.algorithm} gate"
        add(f"by_{hasher.algorithm}", password, make_password(password, hasher=hasher.algorithm), groups=[editors],
            own=["pages.add_page"], email=f"{hasher.algorithm}@example.com")
    add("plain", "no groups at all")
    add("ünïcode", "pässwörd ✓", first_name="Ünï", last_name="Cödé", groups=[nobody])
    add("inactive", "once upon a time", is_active=False, groups=[editors])
    add("unusable", "", make_password(None), groups=[editors])
    add("broken", "whatever it was", "pbkdf2_sha256$1000$salt")
    add("staff", "behind the counter", is_staff=True)
    add("superuser", "all of the keys", is_staff=True, is_superuser=True)
    add("resting", "an inactive superuser", is_active=False, is_superuser=True)
    print(json.dumps([{
        "name": user.username,
        "password": password,
        "signsIn": bool(password) and safely(user.username, password) is not None,
        "groups": sorted(group.name for group in user.groups.all()),
        "permissions": sorted(User.objects.get(pk=user.pk).get_all_permissions()),
        "isSuperuser": user.is_superuser,
        "email": user.email,
    } for user, password in made]))


def safely(name, password):
    """Django's check of a malformed hash ends in an exception; nobody gets in by that."""
    try:
        return authenticate(username=name, password=password)
    except Exception:
        return None


def ask(_):
    """Reads [[name, password], …] and prints what Django says of each."""
    answers = []
    for name, password in json.load(sys.stdin):
        user = safely(name, password)
        answers.append(user and {
            "groups": sorted(group.name for group in user.groups.all()),
            "permissions": sorted(user.get_all_permissions()),
            "isSuperuser": user.is_superuser,
        })
    print(json.dumps(answers))


def signed_in(name, secret):
    """A browser in which somebody is signed in to the admin."""
    from django.test import Client
    from django.test.utils import setup_test_environment
    setup_test_environment()
    client = Client()
    assert client.login(username=name, password=secret), "the admin cannot sign in"
    return client


def edit(arguments):
    """Changes a person in Django's admin: `edit ADMIN PASSWORD NAME FIELD=VALUE…`, `groups=` takes names."""
    admin, secret, name, *changes = arguments
    client = signed_in(admin, secret)
    user = User.objects.get(username=name)
    page = f"/admin/auth/user/{user.pk}/change/"
    form = client.get(page).context["adminform"].form
    fields = {}
    for field, value in form.initial.items():
        if isinstance(value, bool):
            if value:
                fields[field] = "on"
        elif isinstance(value, list):
            fields[field] = [item.pk for item in value]
        elif hasattr(value, "strftime"):
            fields[f"{field}_0"], fields[f"{field}_1"] = value.strftime("%Y-%m-%d"), value.strftime("%H:%M:%S")
        elif value is not None and field != "password":
            fields[field] = value
    for change in changes:
        field, value = change.split("=", 1)
        if field == "groups":
            fields["groups"] = [Group.objects.get(name=one).pk for one in value.split(",") if one]
        elif value:
            fields[field] = value
        else:
            fields.pop(field, None)
    answer = client.post(page, fields)
    assert answer.status_code == 302, answer.content.decode()
    print(json.dumps({}))


def password(arguments):
    """Sets a person's password in Django's admin: `password ADMIN PASSWORD NAME NEW`."""
    admin, secret, name, new = arguments
    client = signed_in(admin, secret)
    page = f"/admin/auth/user/{User.objects.get(username=name).pk}/password/"
    answer = client.post(page, {"password1": new, "password2": new, "usable_password": "true"})
    assert answer.status_code == 302, answer.content.decode()
    print(json.dumps({}))


def alter(arguments):
    """Does to auth_user what a site's migration does: `alter lengthen|add|drop|widen`, each in a transaction."""
    from django.db import connection, models

    def field(name, made):
        made.set_attributes_from_name(name)
        made.model = User
        return made

    phone = field("phone", models.CharField(max_length=50, default=""))
    with connection.schema_editor() as editor:
        if arguments[0] == "lengthen":
            editor.alter_field(
                User, User._meta.get_field("first_name"), field("first_name", models.CharField(max_length=400)))
        elif arguments[0] == "add":
            editor.add_field(User, phone)
        elif arguments[0] == "drop":
            editor.remove_field(User, phone)
        elif arguments[0] == "widen":
            editor.alter_field(User, User._meta.pk, field("id", models.BigAutoField(primary_key=True)))
        else:
            raise ValueError(arguments)
    print(json.dumps({}))


def flush(_):
    """Django's own flush: every table is emptied, and numbers begin at 1 again."""
    call_command("flush", interactive=False, verbosity=0)
    print(json.dumps({}))


def make(arguments):
    """Makes a superuser: `make NAME PASSWORD`; answers with the number."""
    name, secret = arguments
    print(json.dumps(User.objects.create_superuser(name, password=secret).pk))


{"migrate": migrate, "people": people, "ask": ask, "edit": edit, "password": password, "alter": alter, "flush": flush,
 "make": make}[sys.argv[1]](sys.argv[2:])
