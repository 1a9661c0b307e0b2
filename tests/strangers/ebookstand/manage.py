"""python manage.py serve: makes the tables and the staff account, and serves. Settings: see stand/settings.py."""

import os
import sys

import django
from django.core.management import call_command, execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stand.settings")

if __name__ == "__main__":
    if sys.argv[1:2] != ["serve"]:
        execute_from_command_line(sys.argv)
        sys.exit()
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    from django.contrib.auth.models import User

    if not User.objects.filter(username="staff").exists():
        User.objects.create_user("staff", "staff@stand.example", os.environ["STAND_STAFF_PASSWORD"], is_staff=True)
    call_command("runserver", os.environ.get("STAND_ADDRESS", "127.0.0.1:8000"), use_reloader=False)
