"""A site of one page, to ask who is let in without depending on what the real pages show."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from slotwatch.urls import urlpatterns as project


def page(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("seen")


urlpatterns = [path("page/", page), *project]
