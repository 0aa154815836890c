from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template import Context, Template
from django.urls import path

from shop.models import Product


def listing(request):
    return JsonResponse({"products": list(Product.objects.values_list("name", flat=True))})


def detail(request, pk):
    product = get_object_or_404(Product, pk=pk)
    text = Template(
        "{% for line in p.lines.all %}{{ line.count }}x {{ p.name|upper }} {% endfor %}{{ p.price }}"
    )
    return HttpResponse(text.render(Context({"p": product})))


urlpatterns = [path("", listing, name="listing"), path("<int:pk>/", detail, name="detail")]
