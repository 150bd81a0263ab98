"""An OpenID provider made with django-oauth-toolkit: its addresses."""
from django.contrib import admin
from django.contrib.auth.views import LoginView
from django.urls import include, path

urlpatterns = [
    # The administrator's own address has no form for somebody whom it knows, and so asks nobody again.
    path("sign-in/", LoginView.as_view(template_name="admin/login.html")),
    path("admin/", admin.site.urls), path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]
