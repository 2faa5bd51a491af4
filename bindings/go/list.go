package threading

// listed returns all that list finds. list writes as many as there is room for, and says how many
// it has written. Where all of the room was used there may be more, so it is asked again with more
// room; at first there is room for so many, at least 1.
func listed[T any](room int, list func([]T) int) []T {
	for {
		found := make([]T, room)
		if count := list(found); count < room {
			return found[:count]
		}
		room *= 2
	}
}
