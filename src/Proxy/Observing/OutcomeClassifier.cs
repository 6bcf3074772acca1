using Snapback.Control.Analysis;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Observing;

/// <summary>What an ended request says about its arm. Neither the status nor the forwarder's error is a verdict alone.</summary>
internal static class OutcomeClassifier
{
    /// <summary>Not "5xx": an upstream may send 600 or 999, and no client asked for it.</summary>
    public static bool IsFailure(int status) => status >= 500;

    /// <summary>
    /// The framework's client did not write it: longer than the headers that an HTTP/2 arm says it takes, or a WebSocket to one that says
    /// it has none. What the network or the arm breaks has a kind, or a cause.
    /// </summary>
    public static bool IsUnsendable(Exception? exception) => exception is
        HttpRequestException { HttpRequestError: HttpRequestError.ExtendedConnectNotSupported }
        or HttpRequestException { HttpRequestError: HttpRequestError.Unknown, InnerException: null };

    /// <param name="error">The forwarder's word; None when it forwarded a whole response.</param>
    /// <param name="status">The status the client gets.</param>
    /// <param name="routeTimedOut">The route's own time-out ended it: the forwarder cannot tell that from a client that left.</param>
    public static Outcome Of(ForwarderError error, int status, bool routeTimedOut) => error switch
    {
        ForwarderError.None => IsFailure(status) ? Outcome.Failure : Outcome.Success,

        ForwarderError.Request or
        ForwarderError.RequestTimedOut or
        ForwarderError.RequestBodyDestination or
        ForwarderError.ResponseHeaders or
        ForwarderError.ResponseBodyDestination or
        ForwarderError.UpgradeRequestDestination or
        ForwarderError.UpgradeResponseDestination or
        ForwarderError.NoAvailableDestinations => Outcome.Failure,

        ForwarderError.RequestCanceled or
        ForwarderError.RequestBodyCanceled or
        ForwarderError.ResponseBodyCanceled or
        ForwarderError.UpgradeRequestCanceled or
        ForwarderError.UpgradeResponseCanceled => routeTimedOut ? Outcome.Failure : Outcome.Neutral,

        // The client's side of the wire, an idle upgrade, or a request no arm could have been sent.
        _ => Outcome.Neutral,
    };
}
