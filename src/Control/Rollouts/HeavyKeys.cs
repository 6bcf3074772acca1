namespace Snapback.Control.Rollouts;

/// <summary>
/// The most frequent keys of a stream in bounded memory: Space-Saving (Metwally, Agrawal, El Abbadi 2005). A key with more than
/// 1/<see cref="Capacity"/> of the total is always among them, and no count is too high by more than that share.
/// </summary>
internal sealed class HeavyKeys<T>
    where T : IEquatable<T>
{
    /// <summary>Three are shown; with 32 the share of a shown one is off by 3 % at the most.</summary>
    public const int Capacity = 32;

    /// <summary>The table doubles from 2: most streams have one or two keys.</summary>
    private const int Growth = 2;

    private (T Key, long Count)[] _entries = [];
    private int _used;

    public long Total { get; private set; }

    public void Add(T key, long weight)
    {
        Total += weight;
        var least = 0;
        for (var i = 0; i < _used; i++)
        {
            if (_entries[i].Key.Equals(key))
            {
                _entries[i].Count += weight;
                return;
            }

            least = _entries[i].Count < _entries[least].Count ? i : least;
        }

        if (_used < Capacity)
        {
            if (_used == _entries.Length)
            {
                Array.Resize(ref _entries, Math.Max(Growth, Growth * _used));
            }

            _entries[_used++] = (key, weight);
        }
        else
        {
            // Whoever takes the place of the least takes its count too: it may have been there all along.
            _entries[least] = (key, _entries[least].Count + weight);
        }
    }

    /// <summary>Of all; for a key that is not here, the most it can have.</summary>
    public double ShareOf(T key)
    {
        if (Total == 0)
        {
            return 0;
        }

        var least = _used < Capacity ? 0 : long.MaxValue;
        for (var i = 0; i < _used; i++)
        {
            if (_entries[i].Key.Equals(key))
            {
                return (double)_entries[i].Count / Total;
            }

            least = Math.Min(least, _entries[i].Count);
        }

        return (double)least / Total;
    }

    public (T Key, long Count)[] Top(int count) => [.. _entries.Take(_used).OrderByDescending(entry => entry.Count).Take(count)];
}
