namespace Snapback.LoadTests.Measuring;

internal static class Turns
{
    /// <summary>
    /// The order of a round: 0, 1, last, 2, last but one and so on, a place further with each round. So all take every place,
    /// and nobody follows the same neighbour all the time.
    /// </summary>
    public static IEnumerable<T> Of<T>(IReadOnlyList<T> all, int round) =>
        Enumerable.Range(0, all.Count).Select(place => all[(round + (place % 2 == 0 ? all.Count - (place / 2) : (place + 1) / 2)) % all.Count]);
}
