"""Everything outside that the settings name: sources, channels, receivers and desks, opened when first needed."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cached_property

from connectors import registry
from connectors.base import Channel, Desk, DeskReceiver, Receiver, Source
from connectors.connector import Connector, Credential, Tools
from models.errors import SetupError
from settings import Settings
from store.store import Store


class World:
    """One per process. What is given stands in for what the settings name."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        desk: Desk | None = None,
        channel: Callable[[str], Channel] | None = None,
        source: Callable[[str], Source] | None = None,
        receivers: Mapping[str, Callable[[], Receiver]] | None = None,
    ) -> None:
        self._settings = settings
        self._store = store
        self._desk = desk
        self._channel = channel
        self._source = source
        self._given_receivers = receivers
        self._opened: dict[str, Channel] = {}
        self._told: dict[str, Desk] = {}

    @cached_property
    def desk(self) -> Desk:
        """Raises: SetupError."""
        return self._desk or registry.desk_for(self._settings, self._store)

    def desk_at(self, sink: str) -> Desk:
        """The desk, or who is told beside it. What waits for a desk that was replaced goes to the one of today."""
        if sink not in self._settings.notify:
            return self.desk
        if sink not in self._told:
            self._told[sink] = registry.desk_named(sink, self._settings, self._store)
        return self._told[sink]

    def source(self, name: str) -> Source:
        return self._source(name) if self._source else self._sources[name]()

    def channel(self, name: str) -> Channel:
        """Where mentions of channel `name` are answered."""
        if self._channel is not None:
            return self._channel(name)
        if name not in self._opened:
            self._opened[name] = registry.channel_for(name, self._settings, self._store)
        return self._opened[name]

    def receiver(self, name: str) -> Receiver | None:
        return self._receivers[name]() if name in self._receivers else None

    def desk_receiver(self, name: str) -> DeskReceiver:
        """Raises: SetupError where nobody reads there."""
        if name not in self._desk_receivers:
            raise SetupError(f"nothing is read at /hooks/{name}; switch its channel or desk on, see `earshot connect`")
        return self._desk_receivers[name]()

    @cached_property
    def _tools(self) -> Tools:
        return registry.tools_for(self._store)

    @cached_property
    def _sources(self) -> Mapping[str, Callable[[], Source]]:
        return registry.sources(self._settings, self._tools)

    @cached_property
    def _receivers(self) -> Mapping[str, Callable[[], Receiver]]:
        return self._given_receivers or registry.receivers(self._settings, self._tools)

    @cached_property
    def _desk_receivers(self) -> Mapping[str, Callable[[], DeskReceiver]]:
        return registry.desk_receivers(self._settings, self._tools)

    @property
    def connectors(self) -> list[Connector]:
        """The vendors of channels that are switched on."""
        return registry.switched_on(self._settings)

    def connector_of(self, source: str) -> Connector | None:
        """Whose source it is."""
        return next((each for each in self.connectors if source in each.sources), None)

    def pulled(self, connector: Connector) -> dict[str, float]:
        """Its sources that are pulled → how often, in seconds."""
        return connector.pulled(self._settings)

    def probe(self, connector: Connector) -> Credential:
        """Live test. Raises: AccessError, SetupError, RetryableError."""
        return connector.probe(self._settings, self._tools)

    def recheck_every(self, channel: str, usual: timedelta) -> timedelta:
        """How often a message of the channel is asked after."""
        own = (each.recheck_every for each in self.connectors if channel in each.channels)
        return max(usual, next(own, None) or usual)

    @property
    def channels(self) -> list[str]:
        """Names of the channels that are switched on."""
        return [name for connector in self.connectors for name in connector.channels]
