using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using ILogger = Serilog.ILogger;

namespace Snapback.Proxy.Forwarding;

/// <summary>
/// Where the names of destinations lead. A name is looked up for each connection, so that one that leads elsewhere is followed. While the name
/// service gives no answer a name leads where it last did: else its outage would be one of both arms as soon as their connections are replaced.
/// </summary>
/// <param name="lookUp">Gives a name's addresses, or throws a <see cref="SocketException"/>.</param>
internal sealed class HostAddresses(Func<string, Task<IPAddress[]>> lookUp, ILogger logger, TimeProvider time)
{
    /// <summary>How long a connection waits for an answer if there is a last one: a quarter of the time that it has.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a name service that failed is left alone if there is a last answer.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Name> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>As this machine's resolver says, which reads /etc/hosts and asks the name servers of /etc/resolv.conf.</summary>
    public static HostAddresses OfThisMachine(ILogger logger) =>
        new(static name => Dns.GetHostAddressesAsync(name), logger, TimeProvider.System);

    /// <summary>
    /// The addresses of a host, in the order in which to try them. Connections begin in turn at each address of the family that the system prefers, and
    /// the families alternate (RFC 8305, 4), so that one that leads nowhere does not hide the other.
    /// </summary>
    /// <param name="host">A name, or an address.</param>
    /// <exception cref="SocketException">There is no such name, or nobody says where it leads and nobody ever did.</exception>
    public async ValueTask<IPAddress[]> OfAsync(string host, CancellationToken token)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            return [address];
        }

        var name = _names.GetOrAdd(host, static _ => new Name());
        var addresses = await NewestAsync(host, name, token);
        return InOrder(addresses, Interlocked.Increment(ref name.Turn) - 1);
    }

    private static IPAddress[] InOrder(IPAddress[] addresses, uint turn)
    {
        var preferred = addresses.Where(one => one.AddressFamily == addresses[0].AddressFamily).ToArray();
        var others = addresses.Where(one => one.AddressFamily != addresses[0].AddressFamily).ToArray();
        var ordered = new List<IPAddress>(addresses.Length);
        for (var i = 0; i < Math.Max(preferred.Length, others.Length); i++)
        {
            if (i < preferred.Length)
            {
                ordered.Add(preferred[(i + turn) % preferred.Length]);
            }

            if (i < others.Length)
            {
                ordered.Add(others[i]);
            }
        }

        return [.. ordered];
    }

    private async ValueTask<IPAddress[]> NewestAsync(string host, Name name, CancellationToken token)
    {
        Task<IPAddress[]> answer;
        IPAddress[]? last;
        var patience = Timeout.InfiniteTimeSpan;
        var now = time.GetTimestamp();
        lock (name)
        {
            last = name.Last;
            if (last is not null && name.FailedAt is { } failed && time.GetElapsedTime(failed, now) < Pause)
            {
                return last;
            }

            if (name.Answer is null or { IsCompleted: true })
            {
                name.AskedAt = now;
                using (ExecutionContext.SuppressFlow())
                {
                    // It is not of the request that asked first: neither its log line nor what it carries along.
                    name.Answer = Task.Run(() => AskAsync(host, name), CancellationToken.None);
                }
            }

            answer = name.Answer;
            if (last is not null)
            {
                // All who wait for the same answer stop waiting at the same time, and who comes later does not begin to.
                var left = Patience - time.GetElapsedTime(name.AskedAt, now);
                patience = left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }
        }

        try
        {
            return await answer.WaitAsync(patience, time, token);
        }
        catch (TimeoutException)
        {
            return last!;
        }
    }

    private async Task<IPAddress[]> AskAsync(string host, Name name)
    {
        try
        {
            var addresses = await lookUp(host);
            if (addresses.Length == 0)
            {
                throw new SocketException((int)SocketError.NoData);
            }

            Learn(name, addresses, failedAt: null, out var wasOut);
            if (wasOut)
            {
                logger.Information("The name {Host} can be looked up again: it leads to {Addresses:l}.", host, Text(addresses));
            }

            return addresses;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData)
        {
            // That is an answer: whoever took the name away does not want its addresses used, and they may be another's by now.
            Learn(name, addresses: null, failedAt: null, out _);
            throw;
        }
        catch (SocketException e) when (name.Last is { } last)
        {
            Learn(name, last, time.GetTimestamp(), out var wasOut);
            if (!wasOut)
            {
                logger.Warning(
                    "The name {Host} cannot be looked up ({Error:l}): until it can, new connections go where it last led, to {Addresses:l}.",
                    host, e.Message, Text(last));
            }

            return last;
        }
    }

    private static void Learn(Name name, IPAddress[]? addresses, long? failedAt, out bool wasOut)
    {
        lock (name)
        {
            wasOut = name.FailedAt is not null;
            name.Last = addresses;
            name.FailedAt = failedAt;
        }
    }

    private static string Text(IPAddress[] addresses) => string.Join(", ", addresses.Select(one => one.ToString()));

    private sealed class Name
    {
        /// <summary>How many connections have asked.</summary>
        public uint Turn;

        public IPAddress[]? Last { get; set; }

        public Task<IPAddress[]>? Answer { get; set; }

        public long AskedAt { get; set; }

        /// <summary>When the name service last gave no answer; null if it did.</summary>
        public long? FailedAt { get; set; }
    }
}
