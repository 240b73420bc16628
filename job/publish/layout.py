"""Where everything is at the destination."""

from __future__ import annotations

import re
from datetime import date

LATEST_KEYS = "latest/keys.csv"
LATEST_HTML = "latest/report.html"
LATEST_SUMMARY = "latest/summary.json"
QUICKSIGHT_MANIFEST = "manifests/quicksight.json"
SECURITY_HUB_SENT = "security-hub/sent.json.gz"
RUNS = "runs/"

_RUN_SUMMARY = re.compile(r"runs/dt=(\d{4}-\d\d-\d\d)/run_id=([^/]+)/summary\.json")


def dataset_folder(file_format: str, dataset: str) -> str:
    """Below it are the files of one dataset and format, one for each date, and nothing else."""
    return f"{file_format}/{dataset}/"


def dataset_key(file_format: str, dataset: str, day: date) -> str:
    """The file of one dataset, format and date."""
    return f"{dataset_folder(file_format, dataset)}dt={day}/{dataset}-{day}.{file_format}"


def report_file_key(file_format: str, file: str, day: date) -> str:
    """The file in which a format tells of a date's whole report."""
    return f"{file_format}/dt={day}/{file}-{day}.jsonl.gz"


def html_key(day: date) -> str:
    """The HTML report of a date."""
    return f"html/dt={day}/report-{day}.html"


def run_folder(day: date) -> str:
    """Below it are the summaries of a date's runs."""
    return f"{RUNS}dt={day}/"


def run_summary_key(day: date, run_id: str) -> str:
    """The summary of a run, which is there when the run is complete."""
    return f"{run_folder(day)}run_id={run_id}/summary.json"


def run_readings_key(day: date, run_id: str) -> str:
    """The last readings that a run hands on to the next."""
    return f"{run_folder(day)}run_id={run_id}/last-readings.jsonl.gz"


def run_notifications_key(day: date, run_id: str) -> str:
    """The ids of the messages that a run has sent."""
    return f"{run_folder(day)}run_id={run_id}/notifications.json"


def parse_run_summary_key(key: str) -> tuple[date, str] | None:
    """The date and run id of a run's summary, None for any other key, that of no day included."""
    match = _RUN_SUMMARY.fullmatch(key)
    try:
        return (date.fromisoformat(match[1]), match[2]) if match else None
    except ValueError:
        return None
