namespace Snapback.Control.Simulation;

/// <summary>One canary request on its way.</summary>
/// <param name="Sent">Seconds.</param>
/// <param name="Ends">When its outcome is known.</param>
/// <param name="Fails">Its outcome.</param>
/// <param name="Slow">It passes the latency limit.</param>
/// <param name="Hurts">A user is worse off.</param>
internal readonly record struct Flight(double Sent, double Ends, bool Fails, bool Slow, bool Hurts);

/// <summary>
/// The canary's requests in flight: failures are known in the order of the ends, slowness in the order in which they were sent and
/// at the limit at the latest, as the proxy does it.
/// </summary>
/// <param name="limit">Seconds; infinite without a latency objective.</param>
internal sealed class Flights(double limit)
{
    private readonly PriorityQueue<Flight, double> _byEnd = new();
    private readonly Queue<Flight> _bySent = new();

    /// <summary>When something is known next; infinite if nothing is in flight.</summary>
    public double Next => Math.Min(NextEnd, NextSlow);

    /// <summary>Users already counted as victims whose requests are still on their way.</summary>
    public int Hurt => _byEnd.UnorderedItems.Count(item => item.Element.Hurts);

    private double NextEnd => _byEnd.TryPeek(out _, out var end) ? end : double.PositiveInfinity;

    private double NextSlow => _bySent.TryPeek(out var oldest) && oldest.Slow ? oldest.Sent + limit : double.PositiveInfinity;

    public void Send(Flight flight)
    {
        _byEnd.Enqueue(flight, flight.Ends);
        if (double.IsFinite(limit))
        {
            _bySent.Enqueue(flight);
        }
    }

    /// <summary>The next request that ended by now.</summary>
    public bool TryEnd(double now, out Flight flight)
    {
        if (NextEnd <= now)
        {
            flight = _byEnd.Dequeue();
            return true;
        }

        flight = default;
        return false;
    }

    /// <summary>The next request whose latency is settled by now.</summary>
    public bool TrySettle(double now, out Flight flight)
    {
        if (_bySent.TryPeek(out flight) && (flight.Slow ? flight.Sent + limit : flight.Ends) <= now)
        {
            _bySent.Dequeue();
            return true;
        }

        return false;
    }

    public void Clear()
    {
        _byEnd.Clear();
        _bySent.Clear();
    }
}
