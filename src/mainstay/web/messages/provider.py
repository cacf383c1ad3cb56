"""Where a mail provider tells what became of mails: its webhook."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from mainstay.common.errors import MainstayError
from mainstay.common.time import utc_now
from mainstay.connectors.smtp.webhooks import read
from mainstay.deliveries.feedback import take_feedback
from mainstay.web.travel import harmless


@harmless
@login_not_required
@csrf_exempt
@require_POST
def told(request: HttpRequest) -> HttpResponse:
    """Bounces, complaints and the like, from the provider in use and nobody else."""
    try:
        kept = take_feedback(read(request), now=utc_now())
    except MainstayError as error:
        return JsonResponse(error.as_dict(), status=error.status)
    return JsonResponse({"kept": kept})
