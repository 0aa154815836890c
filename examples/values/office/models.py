"""A model: Django."""

from django.conf import settings

if not settings.configured:
    settings.configure(INSTALLED_APPS=[], DEFAULT_AUTO_FIELD="django.db.models.AutoField")

from django.apps import apps
from django.db import models

if not apps.ready:
    apps.populate([])


class Employee(models.Model):
    """Somebody who works here."""

    name = models.CharField(max_length=80)
    since = models.DateField()
    salary = models.DecimalField(max_digits=8, decimal_places=2)

    class Meta:
        app_label = "office"


def raised(employee, percent):
    """The employee's next salary."""
    return round(employee.salary * (100 + percent) / 100, 2)
