"""Event as a descriptor, for selectors and asyncio."""

import asyncio
import select
import unittest

import tools  # noqa: F401
import libthreading as threading


class EventTest(unittest.TestCase):
    def test_its_descriptor_is_readable_while_it_is_set(self) -> None:
        event = threading.Event()
        for _ in range(3):
            self.assertEqual(select.select([event], [], [], 0)[0], [])
            event.set()
            self.assertEqual(select.select([event], [], [], 0)[0], [event])
            event.clear()
        self.assertEqual(event.fileno(), event.fileno())
        event.close()
        self.assertRaises(threading.DestroyedError, event.fileno)

    def test_asyncio_hears_of_a_set_in_another_thread(self) -> None:
        async def main() -> bool:
            event, seen = threading.Event(), asyncio.Event()
            asyncio.get_running_loop().add_reader(event, seen.set)
            thread = threading.Thread(target=event.set)
            thread.start()
            await asyncio.wait_for(seen.wait(), 60)
            asyncio.get_running_loop().remove_reader(event)
            thread.join()
            return event.is_set()

        self.assertTrue(asyncio.run(main()))


if __name__ == "__main__":
    unittest.main()
