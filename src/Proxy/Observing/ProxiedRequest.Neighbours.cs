using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Snapback.Control.Analysis;

namespace Snapback.Proxy.Observing;

/// <summary>What this request can do to others on the same HTTP/2 connection, and they to it.</summary>
internal sealed partial class ProxiedRequest
{
    // Error codes of HTTP/2 (RFC 9113, 7).
    private const int ProtocolError = 1;
    private const int EnhanceYourCalm = 11;

    private static readonly SearchValues<char> Plain = SearchValues.Create([.. Enumerable.Range(0x20, 0x7E - 0x20 + 1).Select(letter => (char)letter), '\t']);

    private Neighbours? _neighbours;
    private bool _isOdd;
    private bool _isNoText;
    private bool _isWaitedFor;
    private bool _brokeWithAll;

    /// <summary>The request has ended.</summary>
    public bool HasParted { get; private set; }

    /// <summary>Its upload is so slow that a server may end the connection for it just now, and not so slow for so long that it would have before.</summary>
    public bool Stalls(TimeSpan now) => !_uploadEnded && HasStalled(now) && !HasOutlasted(now);

    /// <summary>Its answer came over HTTP/2.</summary>
    public void OnShared()
    {
        _neighbours?.AreMany();
        if (_isNoText)
        {
            _neighbours?.TakesAnyByte();
        }
    }

    /// <summary>Its body did not come at once with its headers.</summary>
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
            // Before it leaves: the other requests of its connection end at the same moment, and ask.
            if (!_complete && ((Uploads && Stalls(now)) || (_isNoText && _brokeWithAll)))
            {
                neighbours.Provoke(now);
            }

            if (Uploads)
            {
                // The body may begin to be waited for just now, on another thread: either this one sees that it entered, or that one that it parted.
                Interlocked.MemoryBarrier();
                if (_isWaitedFor)
                {
                    neighbours.Leave(this);
                }
            }

            // If the arm broke its answer, it was the proxy that ended the client's connection.
            if (_complete ? Uploads && !_uploadEnded : _outcome != Outcome.Failure && _context.RequestAborted.IsCancellationRequested)
            {
                neighbours.BreakOff(now);
            }
        }
    }

    /// <summary>The error ended a shared connection, and another client can have caused that.</summary>
    private bool IsOfNeighbours(Exception? exception, TimeSpan now) => _neighbours is { } neighbours
        && (_brokeWithAll = BrokeConnection(exception, neighbours, now) && neighbours.HaveProvoked(now));

    private bool BrokeConnection(Exception? exception, Neighbours neighbours, TimeSpan now)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            switch (exception)
            {
                case AggregateException both:
                    // YARP joins the upload's exception and the answer's.
                    return both.InnerExceptions.Any(one => BrokeConnection(one, neighbours, now));
                case HttpRequestException
                {
                    HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
                        or HttpRequestError.VersionNegotiationError
                }:
                    return false;
                case HttpRequestException when OutcomeClassifier.IsOfEndedConnection(exception):
                    return true;
                case HttpRequestException { InnerException: InvalidOperationException }:
                    // SocketsHttpHandler wanted to send it again on another connection, and its body had been read already.
                    return true;
                case HttpProtocolException { ErrorCode: EnhanceYourCalm }:
                    neighbours.AskForCalm(now);
                    return true;
                case HttpProtocolException said when said.Message.Contains("reset the stream", StringComparison.Ordinal):
                    // Only the message tells a stream's reset from the connection's end.
                    return said.ErrorCode == ProtocolError && _isOdd;
                case IOException:
                    return true;
                default:
                    break;
            }
        }

        return false;
    }

    /// <summary>Whether a header has bytes outside of printable ASCII, which not every server accepts, and whether one is not UTF-8 at all.</summary>
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
