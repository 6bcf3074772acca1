namespace Snapback.Control.Analysis;

/// <summary>
/// One failure per client per 10 s: a client that keeps retrying what failed is one witness, not twenty. While a client is
/// muted none of its responses count, good ones neither, and that is decided before the response is known; so the evidence
/// stays valid. Thread-safe; asking takes no lock, and only the first failure of a known client allocates.
/// </summary>
public sealed class RetryStorm
{
    /// <summary>How long one failure stands for all of a client's: longer than most clients go on retrying.</summary>
    public static readonly TimeSpan Muted = TimeSpan.FromSeconds(10);

    // More failing clients than this within ten seconds are no storm of one client's.
    private const int Capacity = 64;

    private readonly Lock _lock = new();
    private ulong[] _clients = [];
    private long[] _failedAt = [];
    private int _next;
    private int _used;

    /// <summary>Whether this client's next response counts; ask when its request arrives.</summary>
    /// <param name="client">Hash of whatever tells clients apart; 0 is one that nothing is known of, and always counts.</param>
    /// <param name="now">Monotonic. A clock that steps back by more than 10 s unmutes.</param>
    public bool Counts(ulong client, TimeSpan now)
    {
        if (client == 0)
        {
            return true;
        }

        // First how many there are: until then there may be no memory for them.
        var used = Volatile.Read(ref _used);
        var at = _clients.AsSpan(0, used).IndexOf(client);

        // A slot that is just being given to another client mutes this one for a little longer, or not at all: no harm.
        return at < 0 || !IsMuted(Volatile.Read(ref _failedAt[at]), now);
    }

    /// <summary>A failure of this client's; false if it does not count, because another one of the last 10 s did.</summary>
    /// <inheritdoc cref="Counts"/>
    public bool Failed(ulong client, TimeSpan now)
    {
        if (client == 0)
        {
            return true;
        }

        lock (_lock)
        {
            if (!Counts(client, now))
            {
                return false;
            }

            if (_used == 0)
            {
                // As large as it gets, since who asks without the lock may look at them; and before it says that there is a client.
                (_clients, _failedAt) = (new ulong[Capacity], new long[Capacity]);
            }

            var known = _clients.AsSpan(0, _used).IndexOf(client);
            var at = known < 0 ? _next : known;
            Volatile.Write(ref _failedAt[at], now.Ticks);
            Volatile.Write(ref _clients[at], client);
            if (known < 0)
            {
                _next = (_next + 1) % Capacity;
                Volatile.Write(ref _used, Math.Min(_used + 1, Capacity));
            }

            return true;
        }
    }

    private static bool IsMuted(long failedAt, TimeSpan now)
    {
        var then = TimeSpan.FromTicks(failedAt);
        return Elapsed.Between(then, now) < Muted && Elapsed.Between(now, then) < Muted;
    }
}
