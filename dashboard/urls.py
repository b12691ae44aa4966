"""The pages' addresses."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from dashboard.attempt import views as execution
from dashboard.blocked import acknowledge_views as acknowledge
from dashboard.blocked import views as blocked
from dashboard.cycle import jump_views as jump
from dashboard.cycle import views as cycle
from dashboard.exports import views as export
from dashboard.glossary import views as glossary
from dashboard.history import views as history
from dashboard.history.export_formats import ExportFormat
from dashboard.overview import views as services
from dashboard.past import views as past
from dashboard.runners import views as runners
from dashboard.settings import views as settings

app_name = "dashboard"


class FormatConverter:
    """The ending of an export."""

    regex = "|".join(ExportFormat)

    def to_python(self, value: str) -> ExportFormat:
        return ExportFormat(value)

    def to_url(self, value: str) -> str:
        return value


class IdConverter(StringConverter):
    """What fleets call their runners and runs: anything, slashes and line breaks as well."""

    regex = r"(?s:.+)"


register_converter(FormatConverter, "export_format")
register_converter(IdConverter, "id")

urlpatterns = [
    # /
    path("", services.services, name="services"),
    # /archived/
    path("archived/", settings.archived, name="archived"),
    # /glossary/
    path("glossary/", glossary.glossary, name="glossary"),
    # /s/<slug>/
    path("s/<slug:slug>/", cycle.live, name="live"),
    path("s/<slug:slug>/cycles/", jump.jump, name="jump"),
    path("s/<slug:slug>/cycles/<str:cycle_start>/", cycle.past, name="cycle"),
    path("s/<slug:slug>/past/", past.past, name="past"),
    # /s/<slug>/settings/
    path("s/<slug:slug>/settings/", settings.settings, name="settings"),
    # /history/ and /s/<slug>/history/
    path("history/", history.history, name="all_history"),
    path("history/summary/", history.summary, name="all_history_summary"),
    path("history/tail/", history.tail, name="all_history_tail"),
    path("history/runners/", history.runners, name="all_history_runners"),
    path("s/<slug:slug>/history/", history.history, name="history"),
    path("s/<slug:slug>/history/summary/", history.summary, name="history_summary"),
    path("s/<slug:slug>/history/tail/", history.tail, name="history_tail"),
    path("s/<slug:slug>/history/runners/", history.runners, name="history_runners"),
    # /history/export.csv, and below /s/<slug>/history/ and /s/<slug>/blocked/; …/export.ndjson
    path("history/export.<export_format:form>", export.history, name="all_history_export"),
    path(
        "s/<slug:slug>/history/export.<export_format:form>", export.history, name="history_export"
    ),
    path(
        "s/<slug:slug>/blocked/export.<export_format:form>", export.blocked, name="blocked_export"
    ),
    # /s/<slug>/executions/<run_id>/
    path("s/<slug:slug>/executions/<id:run_id>/", execution.execution, name="execution"),
    # /s/<slug>/blocked/
    path("s/<slug:slug>/blocked/", blocked.blocked, name="blocked"),
    path("s/<slug:slug>/blocked/acknowledge/", acknowledge.acknowledge, name="acknowledge"),
    path("s/<slug:slug>/blocked/runners/", blocked.runners, name="blocked_runners"),
    path("s/<slug:slug>/blocked/undo/", acknowledge.undo, name="undo"),
    # /s/<slug>/runners/
    path("s/<slug:slug>/runners/", runners.runners, name="runners"),
    path("s/<slug:slug>/runners/<id:runner_id>/", runners.runner, name="runner"),
]
