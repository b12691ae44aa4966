"""The pages' addresses."""

from django.urls import path

from dashboard.pages import cycle, execution, jump, past, runner, runners, services

app_name = "dashboard"

urlpatterns = [
    # /
    path("", services.services, name="services"),
    # /s/<slug>/
    path("s/<slug:slug>/", cycle.live, name="live"),
    path("s/<slug:slug>/cycles/", jump.jump, name="jump"),
    path("s/<slug:slug>/cycles/<str:cycle_start>/", cycle.past, name="cycle"),
    path("s/<slug:slug>/past/", past.past, name="past"),
    # /s/<slug>/executions/<run_id>/
    path("s/<slug:slug>/executions/<path:run_id>/", execution.execution, name="execution"),
    # /s/<slug>/runners/
    path("s/<slug:slug>/runners/", runners.runners, name="runners"),
    path("s/<slug:slug>/runners/<path:runner_id>/", runner.runner, name="runner"),
]
