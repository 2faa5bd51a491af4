"""Lists that the library fills."""

from typing import Any, Callable, List


def listed(type: Any, list: Callable[[Any, int], int], capacity: int = 16) -> List[Any]:
    """All that the function finds, which writes as many as there is room for and says how many it
    has written. Where all of the room was used there may be more, so it is asked again."""
    while True:
        array = (type * capacity)()
        count = list(array, capacity)
        if count < capacity:
            return array[:count]  # type: ignore[no-any-return]
        capacity *= 2
