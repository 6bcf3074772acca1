using System.Runtime.CompilerServices;
using Snapback.Proxy.Observing;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Forwarding.Lean;

/// <summary>One request and its answer. Errors are reported as YARP's forwarder reports them, for everything around it that reads them.</summary>
internal static class LeanExchange
{
    /// <param name="rested">An idle connection; null to open one.</param>
    /// <param name="request">The request, written; the idle connection's own, if there is one.</param>
    /// <param name="patience">The activity time-out.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<ForwarderError> RunAsync(
        HttpContext context, LeanPool pool, LeanConnection? rested, RequestWriter request, ProxiedRequest? arm, TimeSpan patience)
    {
        var token = context.RequestAborted;
        var connection = rested;
        var leaves = default(CancellationTokenRegistration);
        var (isAnswered, isWhole) = (false, false);
        try
        {
            while (!isAnswered)
            {
                connection ??= await pool.ConnectAsync(request, token);
                connection.Begin(patience);
                leaves = token.UnsafeRegister(static connection => ((LeanConnection)connection!).Dispose(), connection);
                try
                {
                    await connection.SendAsync();
                    while (!connection.TryReadHead())
                    {
                        var read = await connection.ReceiveAsync();
                        connection.Took(
                            read > 0
                                ? read
                                : throw new HttpRequestException(
                                    HttpRequestError.ResponseEnded, "The connection ended before the head of the response did."));
                    }

                    isAnswered = true;
                }
                catch (Exception e) when (connection == rested && LeanFailure.IsNetworks(e) && CanBeginAgain(context, connection, arm))
                {
                    // The server closed the idle connection at the moment of its use, most likely without having seen this request.
                    leaves.Unregister();
                    pool.Close(connection);
                    (connection, rested) = (null, null);
                }
            }

            var error = await AnswerAsync(context, connection!, arm, token);
            isWhole = error == ForwarderError.None && connection!.IsClean;
            return error;
        }
        catch (Exception e) when (!isAnswered && LeanFailure.IsNetworks(e))
        {
            return Failed(context, e, connection is { HasTimedOut: true });
        }
        finally
        {
            // Not if the client's leaving has closed the connection, or is closing it now: it must then serve no other request.
            if (leaves.Unregister() & isWhole)
            {
                pool.Return(connection!);
            }
            else if (connection is not null)
            {
                pool.Close(connection);
            }
        }
    }

    /// <summary>Only a safe request, only while no byte of an answer has come, and not of a canary that was rolled back meanwhile.</summary>
    private static bool CanBeginAgain(HttpContext context, LeanConnection connection, ProxiedRequest? arm) =>
        !connection.HasHeard && !connection.HasTimedOut && !context.RequestAborted.IsCancellationRequested
        && SafeMethods.Has(context.Request.Method) && arm is not { IsForRolledBackCanary: true };

    private static ForwarderError Failed(HttpContext context, Exception exception, bool timedOut)
    {
        var (error, status) = context.RequestAborted.IsCancellationRequested ? (ForwarderError.RequestCanceled, StatusCodes.Status400BadRequest)
            : timedOut || exception is OperationCanceledException ? (ForwarderError.RequestTimedOut, StatusCodes.Status504GatewayTimeout)
            : (ForwarderError.Request, StatusCodes.Status502BadGateway);
        context.Response.StatusCode = status;
        return LeanFailure.Tell(context, error, exception);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<ForwarderError> AnswerAsync(
        HttpContext context, LeanConnection connection, ProxiedRequest? arm, CancellationToken token)
    {
        var head = connection.Head;
        connection.Body.Begin(head, HttpMethods.IsHead(context.Request.Method));
        var passes = arm?.OnHeaders(head.Answer) ?? AnswerRules.CanBeForwarded(head.Answer);
        if (arm?.TryShield() == true)
        {
            // Counted under its own status, which the user does not get.
            context.Response.StatusCode = head.Answer.Status;
            return ForwarderError.None;
        }

        if (!passes)
        {
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
            return ForwarderError.None;
        }

        try
        {
            AnswerWriter.Copy(head, context.Response);
        }
        catch (InvalidOperationException e)
        {
            // Kestrel throws for a character that no header may have.
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
            return LeanFailure.Tell(context, ForwarderError.ResponseHeaders, e);
        }

        var error = await AnswerWriter.CopyAsync(connection, context, arm, token);
        if (error == ForwarderError.None)
        {
            AnswerWriter.CopyTrailers(connection.Body, context, arm);
        }

        return error;
    }
}
