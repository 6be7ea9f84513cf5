from api_urls import urlpatterns as api
from beside_views import basket
from django.urls import path
from urls import urlpatterns as site

urlpatterns = [*site, *api, path("basket/", basket)]
