"""Finds deadlocks in what `threading_reader.py` reads, as src/inspect/deadlock.rs does."""

from threading_found import Deadlock

CERTAIN, PROBABLE = "certain", "probable"


class Circles:
    """What a program that uses the library knows of its deadlocks."""

    def makes_edge(self, wait):
        """Whether only the thread that holds what is waited for can end the wait."""
        is_alone = wait.deadline == 0 and wait.others is None and not self.is_signal(wait.object)
        is_own = wait.holder == wait.ident and not self.is_owned(wait.object)
        return is_alone and wait.holder != 0 and not is_own

    def executor_of(self, ident):
        """The executor of which the thread of that ident runs a task; 0 for any other thread."""
        layout = self.layout
        data = self.slot(ident) if self.is_kind(ident, "thread") else None
        word = self.word(layout.named["thread"], data) if data else 0
        is_task = word & layout.record_task and not word & layout.record_main
        if not is_task or self.phase_of(data) != layout.record_running:
            return 0
        return layout.field(data, layout.record_due)

    def is_for_tasks(self, wait):
        """Whether it is for the end of all tasks of an executor."""
        is_alone = wait.deadline == 0 and wait.others is None
        return is_alone and self.is_kind(wait.object, "executor")

    def choose_tasks(self, edges):
        """Lets each thread that waits for the tasks of an executor wait for one that is in a circle
        with it, if there is one."""
        chosen = set()
        for start in sorted(edges):
            if start in chosen or not self.is_for_tasks(edges[start]):
                continue
            way, visited = [(start, self.steps(edges, start, chosen))], {start}
            while way:
                at, steps = way[-1]
                following = next((it for it in steps if it == start or it not in visited), None)
                if following is None:
                    way.pop()
                    continue
                if self.is_for_tasks(edges[at]):
                    edges[at] = edges[at]._replace(holder=following)
                if following == start:
                    chosen.update(ident for ident, _ in way)
                    break
                visited.add(following)
                way.append((following, self.steps(edges, following, chosen)))

    def steps(self, edges, at, chosen):
        wait = edges[at]
        if at in chosen or not self.is_for_tasks(wait):
            return iter([wait.holder] if wait.holder in edges else [])
        return (ident for ident in sorted(edges) if self.executor_of(ident) == wait.object)

    def deadlocks(self):
        """The circles of waits that are there at both looks."""
        edges = {
            wait.ident: wait for wait in self.waits()
            if self.makes_edge(wait) or self.is_for_tasks(wait)
        }
        self.choose_tasks(edges)
        walks, found = {}, []
        for walk in sorted(edges):
            at = walk
            while at in edges and at not in walks:
                walks[at] = walk
                at = edges[at].holder
            if walks.get(at) == walk:
                circle = [edges[at]]
                while circle[-1].holder != at:
                    circle.append(edges[circle[-1].holder])
                certainty = self.look_again(circle)
                if certainty:
                    found.append(Deadlock(certainty, circle))
        return found

    def look_again(self, circle):
        # A thread that waits for the lock which it is noted to hold was handed that lock between
        # the reads of the note.
        certainty, awaited = CERTAIN, circle[-1].object
        for wait in circle:
            now = self.again(wait)
            if now is None:
                return None
            if self.is_for_tasks(now):
                if self.executor_of(wait.holder) != now.object:
                    return None
            elif now.holder != wait.holder or not self.makes_edge(now):
                return None
            if now.object == awaited and now.holder != now.ident:
                return None
            awaited = now.object
            if self.is_plain(awaited):
                certainty = PROBABLE
        return certainty
