using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Snapback.Control.Analysis;
using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Observing;

/// <summary>What it can do to the requests beside it on an HTTP/2 connection, and they to it.</summary>
internal sealed partial class ProxiedRequest
{
    private const int ProtocolError = 1;
    private const int EnhanceYourCalm = 11;

    private static readonly SearchValues<char> Plain = SearchValues.Create([.. Enumerable.Range(0x20, 0x7E - 0x20 + 1).Select(letter => (char)letter), '\t']);

    private Neighbours? _neighbours;
    private bool _isOdd;
    private bool _isNoText;
    private bool _isWaitedFor;
    private bool _brokeWithAll;

    /// <summary>It takes no part in anything any more.</summary>
    public bool HasParted { get; private set; }

    /// <summary>A server may end the connection of all for its upload now: what it has borne so far it bears on.</summary>
    public bool Stalls(TimeSpan now) => !_uploadEnded && HasStalled(now) && !HasOutlasted(now);

    /// <summary>Its answer came over a connection that others may share.</summary>
    public void OnShared()
    {
        _neighbours?.AreMany();
        if (_isNoText)
        {
            _neighbours?.TakesAnyByte();
        }
    }

    /// <summary>Its body did not come with its headers; most do.</summary>
    public void OnUploadWaits()
    {
        if (!_isWaitedFor && _neighbours is { } neighbours)
        {
            _isWaitedFor = true;
            neighbours.Enter(this);
        }
    }

    private void Join()
    {
        if ((_neighbours = Neighbours.Of(Cluster, AllDestinations)) is { } neighbours)
        {
            (_isOdd, _isNoText) = Oddity(_context.Request.Headers);
            if (_isNoText)
            {
                neighbours.SendByte(_picked);
            }
        }
    }

    private void Part(TimeSpan now)
    {
        HasParted = true;
        if (_neighbours is { } neighbours)
        {
            // Before it leaves: the others of its connection end in the same moment, and ask.
            if (!_complete && ((Uploads && Stalls(now)) || (_isNoText && _brokeWithAll)))
            {
                neighbours.Provoke(now);
            }

            if (Uploads)
            {
                // The body may begin to be waited for in this moment: either this sees that it entered, or that one sees that it has parted.
                Interlocked.MemoryBarrier();
                if (_isWaitedFor)
                {
                    neighbours.Leave(this);
                }
            }

            // Of an answer that the arm broke, the client's end is the proxy's doing.
            if (_complete ? Uploads && !_uploadEnded : _outcome != Outcome.Failure && _context.RequestAborted.IsCancellationRequested)
            {
                neighbours.BreakOff(now);
            }
        }
    }

    /// <summary>Not what the arm did to this request alone, where one client of many can have brought it about.</summary>
    private bool IsOfNeighbours(Exception? exception, TimeSpan now) => _neighbours is { } neighbours
        && (_brokeWithAll = BrokeConnection(exception, neighbours, now) && neighbours.HaveProvoked(now));

    private bool BrokeConnection(Exception? exception, Neighbours neighbours, TimeSpan now)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            switch (exception)
            {
                case AggregateException both:
                    // Of the upload and of the answer.
                    return both.InnerExceptions.Any(one => BrokeConnection(one, neighbours, now));
                case HttpRequestException
                {
                    HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
                        or HttpRequestError.VersionNegotiationError
                }:
                    return false;
                case HttpRequestException { InnerException: InvalidOperationException }:
                    // It was to be sent once more, on the next connection, and its body had been read.
                    return true;
                case HttpProtocolException { ErrorCode: EnhanceYourCalm }:
                    neighbours.AskForCalm(now);
                    return true;
                case HttpProtocolException said when said.Message.Contains("reset the stream", StringComparison.Ordinal):
                    // Nothing else tells it from the connection's end.
                    return said.ErrorCode == ProtocolError && _isOdd;
                case IOException:
                    return true;
                default:
                    break;
            }
        }

        return false;
    }

    /// <summary>Whether it has bytes that this proxy passes on and that not every server takes, and some that are no UTF-8.</summary>
    private static (bool IsOdd, bool IsNoText) Oddity(IHeaderDictionary headers)
    {
        var isOdd = false;
        foreach (var (_, values) in headers)
        {
            for (var i = 0; i < values.Count; i++)
            {
                if (values[i].AsSpan().ContainsAnyExcept(Plain))
                {
                    isOdd = true;
                    if (!Utf8.IsValid(Encoding.Latin1.GetBytes(values[i]!)))
                    {
                        return (true, true);
                    }
                }
            }
        }

        return (isOdd, false);
    }
}
