"""What the desk does by itself, as single rounds: whoever runs them, and however many do, each thing happens once."""

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from server.alarming import Alarm, AlarmRule, next_opening
from server.attempts import Close
from server.errors import CaseClosed, CaseUnknown, KeyInvalid
from server.office import Office
from server.spans import TOKYO
from server.store.following import follow
from server.store.messages import MAIL, WEBHOOK, Message, Outgoing
from server.store.watching import done_on, set_done_on, take_turn, waits_over
from server.work.carrying import Carrier, NotCarried
from server.work.days import keep_days
from server.work.insight import NIGHTLY as INSIGHT_NIGHTLY
from server.work.mail import RAISED, alarm_mails
from server.work.retrying import next_try
from server.work.telling import WEBHOOK_FOLLOWER, WebhookTeller

SYSTEM: Final = "system"
MOST_IN_A_ROUND: Final = 50  # messages of one route
NIGHTLY_HOUR: Final = 3  # in Tokyo; a desk that is off at night does it when it is on again
WAITS_UNTIL_HOUR: Final = 5
TURN_LASTS: Final = timedelta(seconds=55)
_log = logging.getLogger(__name__)


class Watch:
    """The rounds.  `carriers`: the ways out that are set up."""

    def __init__(
        self,
        office: Office,
        carriers: Mapping[str, Carrier],
        *,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._office = office
        self._carriers = carriers
        self._dice = dice
        settings, plan = office.settings, office.desk.plan
        self.rule = AlarmRule(
            before_promise=timedelta(minutes=settings.alarms.promise_minutes_before),
            device_silent=timedelta(hours=settings.alarms.device_silent_hours),
            hours=plan.hours,
        )
        self._teller = WebhookTeller(
            office.desk.queue,
            slot_minutes=plan.slot_minutes,
            organisation=settings.listening.organisation,
            public_url=settings.public_url,
        )

    def look(self) -> None:
        """Raise and clear alarms, and queue what the webhook is told."""
        self._office.alarms.refresh(self.rule, now=self._office.clock(), announce=self._announce)
        if WEBHOOK in self._carriers:
            self._tell()

    def minute(self) -> None:
        """Look, settle what waited long enough, and at night do what is done once a day."""
        self.look()
        if not take_turn(self._office.engine, "watch", self._office.clock(), TURN_LASTS):
            return
        self._follow_up()
        self._do_nightly()

    def send(self, route: str) -> int:
        """Send what is due on a route; return how many arrived.  After a failure the rest waits for the next round."""
        carrier = self._carriers[route]
        for sent in range(MOST_IN_A_ROUND):
            outgoing = self._office.messages.claim(route, self._office.clock())
            if outgoing is None or not self._sent(carrier, outgoing):
                return sent
        return MOST_IN_A_ROUND

    def routes_due(self) -> tuple[str, ...]:
        """Return the routes on which something waits to be sent."""
        now = self._office.clock()
        return tuple(route for route in self._carriers if self._office.messages.is_due(route, now))

    def _announce(self, alarms: Sequence[Alarm]) -> tuple[Message, ...]:
        return alarm_mails(alarms, self._office.settings) if MAIL in self._carriers else ()

    def _tell(self) -> None:
        engine, vault = self._office.engine, self._office.vault
        for _ in range(MOST_IN_A_ROUND):
            if not follow(engine, vault, WEBHOOK_FOLLOWER, tell=self._teller, now=self._office.clock()):
                return

    def _follow_up(self) -> None:
        desk = self._office.desk
        for case_id in waits_over(self._office.engine, self._office.clock()):
            try:
                step = desk.next_step(desk.queue.case(case_id))
                if not (isinstance(step, Close) and step.at > self._office.clock()):
                    desk.follow_up(case_id, by=SYSTEM)
            except (CaseUnknown, CaseClosed):  # somebody was quicker
                continue
            except KeyInvalid as error:  # one that cannot be read must not hold up the others
                _log.error("case %s cannot be followed up: %s", case_id, type(error).__name__)

    def _do_nightly(self) -> None:
        """Keep the figures of the days that are over, then forget what is old."""
        now = self._office.clock()
        local = now.astimezone(TOKYO)
        today = local.date().toordinal()
        if local.hour < NIGHTLY_HOUR or done_on(self._office.engine, "nightly") == today:
            return
        if local.hour < WAITS_UNTIL_HOUR and done_on(self._office.engine, INSIGHT_NIGHTLY) != today:
            return  # the day's figures count what insight finds out; forgetting must not wait for ever
        keep_days(self._office, now=now)
        self._office.forgetting.forget(now, self._office.settings.retention)
        set_done_on(self._office.engine, "nightly", today)

    def _sent(self, carrier: Carrier, outgoing: Outgoing) -> bool:
        """Send one; False when the receiver did not take it."""
        now, messages = self._office.clock(), self._office.messages
        if outgoing.message.event == RAISED and (opens := next_opening(self.rule.hours, now)) > now:
            messages.postpone(outgoing, until=opens, now=now)
            return True
        try:
            carrier.carry(outgoing, timestamp=int(now.timestamp()))
        except NotCarried as error:
            self._failed(outgoing, error)
            return False
        except Exception as error:  # a message nobody foresaw must not hold up the others for ever
            self._failed(outgoing, NotCarried(type(error).__name__))
            return False
        messages.sent(outgoing, now=self._office.clock())
        return True

    def _failed(self, outgoing: Outgoing, error: NotCarried) -> None:
        now, failed = self._office.clock(), outgoing.attempts + 1
        again = next_try(failed=failed, made_at=outgoing.made_at, now=now, dice=self._dice(), asked=error.again_after)
        again = again if error.retryable else None
        self._office.messages.failed(outgoing, str(error), again_at=again, now=now)
        _log.warning("message %s (%s) not taken: %s", outgoing.id, outgoing.message.event, error)
