from decimal import Decimal

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.test import TestCase
from django.urls import reverse

from shop.models import Line, Product


class ShopTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.tea = Product.objects.create(name="tea", price=Decimal("3.50"))
        cls.jam = Product.objects.create(name="jam", price=Decimal("2.00"))
        Line.objects.bulk_create([Line(product=cls.tea, count=n) for n in range(1, 4)])

    def test_listing(self):
        with self.assertNumQueries(1):
            self.assertEqual(self.client.get(reverse("listing")).json(), {"products": ["jam", "tea"]})

    def test_detail(self):
        with self.assertNumQueries(2):
            response = self.client.get(reverse("detail", args=[self.tea.pk]))
        self.assertContains(response, "3x TEA")

    def test_missing(self):
        self.assertEqual(self.client.get("/99/").status_code, 404)

    def test_unique(self):
        with self.assertRaises(IntegrityError), transaction.atomic():
            Product.objects.create(name="tea", price=1)

    def test_sum(self):
        total = Line.objects.aggregate(total=Sum(F("count") * F("product__price")))["total"]
        self.assertEqual(total, Decimal("21.00"))

    def test_clean(self):
        with self.assertRaises(ValidationError):
            Product(name="x" * 40, price="no").full_clean()

    def test_user(self):
        user = User.objects.create_user("ann", password="pw")
        self.assertTrue(user.check_password("pw"))

    def test_fails(self):
        self.assertEqual(str(self.tea), "coffee")
