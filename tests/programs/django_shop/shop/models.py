from django.db import models


class Product(models.Model):
    name = models.CharField(max_length=30, unique=True)
    price = models.DecimalField(max_digits=8, decimal_places=2)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Line(models.Model):
    product = models.ForeignKey(Product, models.CASCADE, related_name="lines")
    count = models.PositiveIntegerField(default=1)
