using System.CommandLine;
using Snapback.Proxy.Commands.Rendering;
using Snapback.Proxy.Commands.Watching;

namespace Snapback.Proxy.Commands;

/// <summary>Holds a pipeline until a rollout has come to one of its ends.</summary>
internal static class WaitVerb
{
    private const string Promoted = "promoted";
    private const string RolledBack = "rolledback";

    public static Command Define(ClientVerb verb)
    {
        var name = ClientVerb.Name();
        var end = new Option<string>("--for") { Description = "The end to wait for.", Required = true }.Among(Promoted, RolledBack);
        var timeout = new Option<TimeSpan?>("--timeout")
        {
            Description = "How long to wait at most, like 90s, 10m or 1h30m; without it there is no limit.",
            HelpName = "DURATION",
            CustomParser = DurationOption.Parse,
        };
        return verb.Read(
            "wait",
            "Waits for a rollout's end. Exits 0 at it, 2 at the other one, 3 when time is up, 4 if unreachable.",
            call => RunAsync(call, call.Parsed.GetRequiredValue(name), call.Parsed.GetRequiredValue(end), call.Parsed.GetValue(timeout)),
            name, end, timeout);
    }

    private static async Task<int> RunAsync(ClientCall call, string name, string end, TimeSpan? timeout)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(call.Stop);
        limit.CancelAfter(timeout ?? Timeout.InfiniteTimeSpan);
        var said = "";
        try
        {
            var closed = await ChangeLines.FollowAsync(
                call, name, view => $"{view.Phase} {view.Weight}", line => said = line, limit.Token);
            if (closed.IsPromoted == (end == Promoted))
            {
                return ExitCodes.Done;
            }

            var why = closed.IsRolledBack ? closed.Rollback?.Explanation : null;
            await call.Error.WriteLineAsync($"{name}: {why ?? (closed.IsPromoted ? "was promoted." : "was rolled back.")}");
            return ExitCodes.OtherEnd;
        }
        catch (OperationCanceledException) when (!call.Stop.IsCancellationRequested)
        {
            await call.Error.WriteLineAsync(
                $"Time is up after {Figures.Duration(timeout ?? default)}; the rollout was left as it is. "
                + (said.Length > 0 ? $"Last seen: {said}." : "The admin side had not answered yet."));
            return ExitCodes.TimedOut;
        }
    }
}
