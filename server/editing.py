"""Articles at the desk: what would be released, the gate before it, and who gets it.  What pages of articles speak to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from server.access import Account, Permission
from server.bundles import Release, meant_for
from server.clock import Clock
from server.knowledge.content import Base
from server.knowledge.errors import PublicationRefused, WorkshopFailed
from server.knowledge.ports import Built, Workshop
from server.knowledge.releasing import ArticleChange, release_changes
from server.knowledge.runs import Run
from server.knowledge.taking_in import Comparison, compared
from server.knowledge.versions import TAKEN_IN, Draft
from server.store.accounts import AccountStore
from server.store.articles import ArticleStore
from server.store.bundles import BundleStore, Kept, Publication
from server.store.gates import GateStore
from server.store.journal import SYSTEM
from server.store.kept_questions import QuestionStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a release would be now."""

    candidate: Base
    built: Built
    in_force: Base  # what all devices are told; what the desk began with, where nothing was released for all
    reference: Built | None  # its bundle, where nothing was released for all
    reference_content: str
    changes: tuple[ArticleChange, ...]
    run: Run | None  # the latest that weighed exactly this


class EditingDesk:
    """The articles of a desk; may be shared by threads."""

    def __init__(
        self,
        articles: ArticleStore,
        questions: QuestionStore,
        gates: GateStore,
        bundles: BundleStore,
        accounts: AccountStore,
        *,
        workshop: Workshop | None,
        clock: Clock,
    ) -> None:
        """Without a workshop articles can be looked at, and releases taken back."""
        self.articles = articles
        self.questions = questions
        self.gates = gates
        self.bundles = bundles
        self._accounts = accounts
        self._workshop = workshop
        self._clock = clock
        self._opened: tuple[str, Base] | None = None  # the bundle in force, and what it holds

    @property
    def workshop(self) -> Workshop:
        """Return what knows articles.  Raises WorkshopFailed where this program was started without."""
        if self._workshop is None:
            raise WorkshopFailed("this desk was started without speech and dictionaries: koemado serve has them")
        return self._workshop

    @property
    def is_equipped(self) -> bool:
        """Whether articles can be edited here."""
        return self._workshop is not None

    def begin(self) -> int:
        """Take over the base in force where no article was ever kept; return how many.  Raises WorkshopFailed."""
        if self._workshop is None or not self.articles.is_empty():
            return 0
        return self.articles.begin_with(self._workshop.begin_with.contents(), by=SYSTEM, now=self._clock())

    def compared(self) -> Comparison:
        """Return what the machine's base holds otherwise than the desk's articles.  Raises WorkshopFailed."""
        return compared(self.workshop.begin_with.contents(), self.articles.heads(), self.articles.brought())

    def take_in(self, chosen: Collection[str], id: UUID, *, by: str) -> int:  # noqa: A002
        """Keep the machine's articles of these marks as drafts over the desk's; return how many.  Raises WorkshopFailed.

        What became another change since it was shown is left alone.  `id` is made by the page: sent twice, kept (and
        counted) once.
        """
        kept = {uuid5(id, mark) for mark in chosen}
        drafts = [
            Draft(
                id=uuid5(id, one.mark),
                article_id=one.article_id,
                content=one.content,
                based_on=one.number,
                origin=TAKEN_IN,
            )
            for one in self.compared().incoming
            if one.mark in chosen
        ]
        for draft in drafts:
            self.articles.save(draft, by=by, now=self._clock())
        return sum(one.id in kept for one in self.articles.heads())

    def in_force(self) -> Base:
        """Return what all devices are told; what the desk began with, where nothing was released for all."""
        last = self.bundles.current()
        if last is None or self._workshop is None:  # without one nobody can look into a bundle
            return self.articles.imported()
        known = self._opened
        if known is None or known[0] != last.version:
            known = self._opened = last.version, self.workshop.bundler.opened(self.bundles.data(last.version))
        return known[1]

    def mark(self) -> tuple[int, int]:
        """Return what changes whenever `in_force` or what is approved does; begins with 0 while nothing was approved."""
        last = self.bundles.current()
        return self.articles.written(), last.serial if last else 0

    def is_alone(self, login: str) -> bool:
        """Whether nobody else here may review articles."""
        return not any(_may_review(one) for one in self._accounts.everybody() if one.login != login)

    def plan(self) -> Plan:
        """Return what would be released now.  Raises WorkshopFailed for a base no device could use."""
        now, candidate = self._clock(), self.articles.approved()
        built = self.workshop.bundler.built(candidate, now)
        last, in_force = self.bundles.current(), self.in_force()
        reference = None if last else self.workshop.bundler.built(in_force, now)
        content = last.content if last else reference.content if reference else ""
        return Plan(
            candidate=candidate,
            built=built,
            in_force=in_force,
            reference=reference,
            reference_content=content,
            changes=release_changes(in_force, candidate),
            run=self.gates.about(built.content, content),
        )

    def publish(self, audience: Sequence[str] | None, *, content: str, because: str, by: str) -> Release:
        """Put out what is approved, once its gate was passed; to chosen devices, or to all (None).

        `content` is what the page showed: nothing else is put out.  `because`: a lead's written reason to do it though
        the gate was not passed.  Raises PublicationRefused, WorkshopFailed.
        """
        plan = self.plan()
        if plan.built.content != content:
            raise PublicationRefused("no_gate")
        if audience is not None and not audience:
            raise PublicationRefused("devices")
        overridden = self._weighed(plan, because)
        publication = Publication(
            bundle=_kept(plan.built),
            audience=audience,
            before=_kept(plan.reference) if plan.reference and plan.reference.content != content else None,
            because=overridden,
        )
        return self.bundles.put_out(publication, by=by, now=self._clock())[0]

    def widen(self, version: str, *, by: str) -> Release:
        """Give all devices what chosen ones have.  Raises BundleUnknown, PublicationRefused when nobody has it."""
        trying = self.on_trial()
        if trying is None or trying.version != version:
            raise PublicationRefused("nothing")
        return self.bundles.widen(version, by=by, now=self._clock())

    def on_trial(self) -> Release | None:
        """Return what chosen devices have and the others not yet, the latest of it; or None."""
        releases = self.bundles.releases(limit=None)
        before = self._before_trial(releases)
        now = (
            meant_for(releases, device) for device in {one for release in releases for one in release.audience or ()}
        )
        tried = (one for one in now if one and one.audience and not (before and one.content == before.content))
        return max(tried, key=lambda one: one.serial, default=None)

    def take_back(self, version: str, *, by: str) -> Release:
        """Send the devices that try a release back to what the others have.  Raises PublicationRefused, BundleUnknown."""
        trying = self.on_trial()
        before = self._before_trial(self.bundles.releases(limit=None))
        if trying is None or trying.version != version or before is None:
            raise PublicationRefused("no_previous")
        return self.bundles.roll_back(before.version, by=by, now=self._clock(), audience=self.trying(trying))

    def back(self, version: str, *, by: str, audience: Sequence[str] | None = None) -> Release:
        """Put an earlier bundle into use again.  Raises BundleUnknown."""
        return self.bundles.roll_back(version, by=by, now=self._clock(), audience=audience)

    def previous(self) -> Release | None:
        """Return what all devices had before what they have now, or None."""
        releases = self.bundles.releases(limit=None)
        now = meant_for(releases, None)
        if now is None:
            return None
        held = (one for one in releases if one.audience is None or not one.audience)
        earlier = [one for one in held if one.serial < now.serial and one.content != now.content]
        return max(earlier, key=lambda one: one.serial, default=None)

    def trying(self, release: Release) -> tuple[str, ...]:
        """Return all devices that have been chosen for this bundle, in whatever steps, and have nothing later."""
        releases = self.bundles.releases(limit=None)
        chosen = {device for one in releases if one.version == release.version for device in one.audience or ()}
        current = {device: meant_for(releases, device) for device in chosen}
        return tuple(sorted(device for device, one in current.items() if one and one.version == release.version))

    def begin_gate(self, run_id: UUID, *, by: str) -> tuple[Run, bool]:
        """Keep a run of the gate over what would be released now; False: it, or another one, is running already."""
        plan = self.plan()
        return self.gates.begin(run_id, plan.built.content, plan.reference_content, by=by, now=self._clock())

    def _weighed(self, plan: Plan, because: str) -> str:
        """Return the reason that goes into the journal, "" where none is needed.  Raises PublicationRefused."""
        if not plan.changes and plan.reference is None:
            raise PublicationRefused("nothing")
        if plan.run is None or plan.run.result is None:
            raise PublicationRefused("no_gate")
        if plan.run.result.passes:
            return ""
        if not because.strip():
            raise PublicationRefused("worse")
        return because.strip()

    def _before_trial(self, releases: Sequence[Release]) -> Release | None:
        """What those go back to who try something: what all have, else what was kept from before the first release."""
        held = [one for one in releases if one.audience is not None and not one.audience]
        return meant_for(releases, None) or max(held, key=lambda one: one.serial, default=None)


def _kept(built: Built) -> Kept:
    return Kept(data=built.data, version=built.version, content=built.content, articles=built.articles)


def _may_review(account: Account) -> bool:
    return account.disabled_at is None and account.may(Permission.WRITE_ARTICLES)
