"""What every simulated host is: something that is started, stopped and entered."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Simulated(ABC):
    """A host that listens between `start` and `stop`; as a context it does so inside."""

    @abstractmethod
    async def start(self) -> None:
        """Listen."""

    @abstractmethod
    async def stop(self) -> None:
        """Close every connection and stop."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()
