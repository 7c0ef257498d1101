"""`make acceptance`.

It exits with 0 when everything that was tried holds and nothing is left, with 1 when something differs, failed or is
left, with 2 when it refuses to begin, with 3 where there is no deployment, and with 130 when it was interrupted.
"""

import os
import sys
from datetime import UTC, datetime

from rich.console import Console

from acceptance import acting, alone, asking, clearing, remains
from acceptance.checks import consuming
from acceptance.report import REPORT, Course, summary
from acceptance.site import Site
from acceptance.trial import Asked
from private_connection_cli.deployment import Place, find_deployment
from private_connection_cli.problems import Exit, Problem, explained


def main() -> int:
    try:
        with alone.alone(), explained():
            return _accepted()
    except Problem as problem:
        _tell(f"acceptance: {problem}")
        return int(problem.code)
    except KeyboardInterrupt:
        _tell("acceptance: interrupted; call it again: it clears what is left")
        return int(Exit.INTERRUPTED)


def _accepted() -> int:
    place = Place(os.environ.get("STACK") or None)
    identity = place.client("sts").get_caller_identity()
    asked = asking.read(os.environ, str(identity["Account"]))
    deployment = find_deployment(place)
    site = Site(deployment)
    region = str(site.client("ec2").meta.region_name)
    if alone.interrupted(site, asked.account):
        return _cleared(site, asked)
    consumer = asking.consumer_account(asked, deployment)
    for line in asking.told(asked, deployment, identity["Arn"], region):
        _tell(line)
    asking.confirm()
    accounts = {asked.account: "account"} | ({consumer: "consumer"} if consumer else {})
    begun = datetime.fromtimestamp(site.now(), UTC).isoformat(timespec="seconds")
    course = Course(begun, region, accounts)
    workspace = acting.drawn()
    alone.begin(workspace, asked.account)
    acts = acting.Acting(site, asked, course, workspace, _tell, Console(stderr=True))
    acts.act()
    if course.left == []:
        alone.end()
    return _told(course, acts)


def _told(course: Course, acts: acting.Acting) -> int:
    _tell(f"{summary(acts.results)}; {REPORT} has them")
    for each in course.left or ():
        _tell(f"left: {each}")
    if course.ended == "it was interrupted":
        return int(Exit.INTERRUPTED)
    return int(Exit.DONE if course.succeeded and not acts.results.different else Exit.RUN_FAILED)


def _cleared(site: Site, asked: Asked) -> int:
    """Clears what an interrupted acceptance left. The next call begins anew."""
    _tell("an earlier acceptance was interrupted: clearing what it left")
    stays = _disconnected(asked)
    outcome = clearing.clear(site, _tell, Console(stderr=True))
    left = remains.left(site, creates=True, ids={})
    for each in left:
        _tell(f"left: {each}")
    if left or not outcome.succeeded:
        _tell(f"acceptance: teardown {outcome.status} {outcome.error or ''} {outcome.cause or ''}".rstrip())
        return int(Exit.RUN_FAILED)
    alone.end()
    if stays:
        _tell(f"left: {stays}")
        return int(Exit.RUN_FAILED)
    _tell("acceptance: nothing is left; call it again to begin")
    return int(Exit.DONE)


def _disconnected(asked: Asked) -> str:
    """Lets go of what the other account connected to. Returns what may be left there, which costs, or nothing."""
    if not consuming.HANDOFF.exists():
        return ""
    stays = f"perhaps endpoints of the other account: python -m consumer disconnect {consuming.HANDOFF}, with its keys"
    if asked.consumer is None:
        return stays
    try:
        consuming.disconnect_former(asked)
    except consuming.NotConnected as refusal:
        return f"{stays} ({refusal})"
    return ""


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
