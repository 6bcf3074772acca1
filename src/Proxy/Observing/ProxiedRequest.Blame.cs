using Microsoft.AspNetCore.Http.Timeouts;
using Snapback.Control.Analysis;
using Snapback.Proxy.Forwarding;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Observing;

/// <summary>Whose doing it was, where neither the forwarder's word nor the status tells.</summary>
internal sealed partial class ProxiedRequest
{
    /// <summary>The forwarder's word where it takes one side for the other, with the status that belongs to it.</summary>
    private ForwarderError Corrected(ForwarderError error, TimeSpan now)
    {
        if (_complete)
        {
            // What befalls the upload after a whole answer is no news: the arm may well answer without reading to the end.
            return ForwarderError.None;
        }

        var exception = _context.Features.Find<IForwarderErrorFeature>()?.Exception;
        // HTTP/2 stops the upload when the arm resets the stream, and the forwarder finds the client's body broken.
        var isArmsReset = error == ForwarderError.RequestBodyClient
            && !_uploadBroken
            && _context.Response.StatusCode != StatusCodes.Status408RequestTimeout
            && (Outcome == Outcome.Failure || exception is AggregateException { InnerExceptions: [_, HttpRequestException] });
        if (ClientsStatus(isArmsReset ? ForwarderError.RequestBodyDestination : error, exception, now) is { } status)
        {
            if (!_context.Response.HasStarted)
            {
                _context.Response.StatusCode = status;
            }

            return ForwarderError.RequestBodyClient;
        }

        if (error != ForwarderError.None && !_context.Response.HasStarted)
        {
            // It takes the route's time-out, a rollback's call and its cut for a client that left, and says 400.
            _context.Response.StatusCode = HasTimedOut || Shield is { IsTakenBack: true } || Recall is { HasCut: true }
                ? ArmTookTheTime(now) ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status408RequestTimeout
                : isArmsReset ? StatusCodes.Status502BadGateway : _context.Response.StatusCode;
        }

        return isArmsReset ? ForwarderError.RequestBodyDestination : error;
    }

    /// <summary>What the forwarder holds against the arm, and its client did or can have done; null for all else.</summary>
    private int? ClientsStatus(ForwarderError error, Exception? exception, TimeSpan now) => error switch
    {
        ForwarderError.Request when OutcomeClassifier.IsUnsendable(exception) => StatusCodes.Status400BadRequest,
        ForwarderError.Request or ForwarderError.RequestBodyDestination when HasTriedPatience(now) => StatusCodes.Status408RequestTimeout,
        ForwarderError.Request or ForwarderError.RequestBodyDestination or ForwarderError.UpgradeRequestDestination or ForwarderError.UpgradeResponseDestination
            when IsOfNeighbours(exception, now) => _isOdd ? StatusCodes.Status400BadRequest : _context.Response.StatusCode,
        // Over HTTP/2 the upload and the answer are waited for side by side, and either wait may be the one that the time-out ends first.
        ForwarderError.RequestTimedOut when IsUploadAwaited => StatusCodes.Status408RequestTimeout,
        // A server hangs up on a client that breaks the tunnel's protocol, or answers none of its pings. If it leaves bytes unread, that is a reset.
        ForwarderError.UpgradeRequestDestination or ForwarderError.UpgradeResponseDestination
            when _armsTurn || _saidGoodbye || now - _armSpoke >= ArmsPatience => _context.Response.StatusCode,
        _ => null,
    };

    /// <summary>How a call ended.</summary>
    private void Hear(string? grpcStatus, TimeSpan now)
    {
        if (GrpcStatus.Of(grpcStatus) is not { } code || GrpcStatus.IsFailure(code))
        {
            // Of the client's own time a part is spent on the way, and servers keep some of it for themselves.
            var isClients = GrpcStatus.Of(grpcStatus) == GrpcStatus.TooLate
                && GrpcStatus.TimeoutOf(_context.Request) is { } given
                && now - _picked >= given * (1 - OthersShare);
            Tell(isClients ? Outcome.Neutral : Outcome.Failure, now);
        }
    }

    /// <summary>A time-out that this process may have made itself.</summary>
    private bool IsOwnStall(ForwarderError error, TimeSpan now) => WasStalled(now) && (error == ForwarderError.RequestTimedOut || HasTimedOut);

    /// <summary>A stream may be silent for longer than any time-out; a body that was begun may not.</summary>
    private Outcome WhyCanceled()
    {
        var now = Now;
        var isArms = HasTimedOut ? ArmTookTheTime(now) : !_isEndless && !IsUploadAwaited && !_context.RequestAborted.IsCancellationRequested;
        return isArms && !WasStalled(now) ? Outcome.Failure : Outcome.Neutral;
    }

    /// <summary>Of a route's time-out: the client had no part in it worth naming.</summary>
    private bool ArmTookTheTime(TimeSpan now) => !_isEndless && !IsUploadAwaited && ClientsTime(now) < (now - _picked) * OthersShare;
}
