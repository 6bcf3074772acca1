using System.Buffers;
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
    private bool _brokeWithAll;

    /// <summary>A server may end the connection of all for it now: what it has borne so far it bears on.</summary>
    public bool Provokes(TimeSpan now) => (_isOdd && now - _picked < ArmsPatience) || (!_uploadEnded && HasStalled(now) && !HasOutlasted(now));

    /// <summary>Its answer came over a connection that others may share.</summary>
    public void OnShared() => _neighbours?.AreMany();

    private void Join()
    {
        if ((_neighbours = Neighbours.Of(Cluster, AllDestinations)) is { } neighbours)
        {
            _isOdd = IsOdd(_context.Request.Headers);
            if (_isOdd || Uploads)
            {
                neighbours.Enter(this);
            }
        }
    }

    private void Part(TimeSpan now)
    {
        if (_neighbours is { } neighbours)
        {
            if (_isOdd || Uploads)
            {
                neighbours.Leave(this, !_complete && (Provokes(now) || (_isOdd && _brokeWithAll)), now);
            }

            // Of an answer that the arm broke, the client's end is the proxy's doing.
            if (_complete ? Uploads && !_uploadEnded : _outcome != Outcome.Failure && _context.RequestAborted.IsCancellationRequested)
            {
                neighbours.BreakOff(now);
            }
        }
    }

    /// <summary>Not what the arm did to this request alone, where one client of many can have brought it about.</summary>
    private bool IsOfNeighbours(Exception? exception, TimeSpan now) =>
        _neighbours is { } neighbours && (_brokeWithAll = BrokeConnection(exception) && neighbours.HaveProvoked(now));

    private bool BrokeConnection(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            switch (exception)
            {
                case AggregateException both:
                    // Of the upload and of the answer.
                    return both.InnerExceptions.Any(BrokeConnection);
                case HttpRequestException
                {
                    HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
                        or HttpRequestError.VersionNegotiationError
                }:
                    return false;
                case HttpProtocolException said when said.Message.Contains("reset the stream", StringComparison.Ordinal):
                    // Nothing else tells it from the connection's end.
                    return said.ErrorCode == EnhanceYourCalm || (said.ErrorCode == ProtocolError && _isOdd);
                case IOException:
                    return true;
                default:
                    break;
            }
        }

        return false;
    }

    /// <summary>Bytes that this proxy passes on and that not every server takes.</summary>
    private static bool IsOdd(IHeaderDictionary headers)
    {
        foreach (var (_, values) in headers)
        {
            for (var i = 0; i < values.Count; i++)
            {
                if (values[i].AsSpan().ContainsAnyExcept(Plain))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
