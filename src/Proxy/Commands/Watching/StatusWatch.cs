using Snapback.Proxy.Commands.Rendering;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands.Watching;

/// <summary>The status screen that redraws itself; one line per change where there is no screen.</summary>
internal static class StatusWatch
{
    public static Task<int> RunAsync(ClientCall call, string name) => call.FollowAsync(following =>
    {
        var console = following.OpenConsole();
        return console.Profile is { Out.IsTerminal: true, Capabilities.Ansi: true }
            ? RedrawAsync(following, name, console)
            : ChangeLines.FollowAsync(following, name, Change, _ => { }, following.Stop);
    });

    private static string Change(RolloutView view) =>
        $"{view.Phase} {view.Weight} {view.Step} {view.Generation} {view.Verdict?.State} {view.Switches?.AutoRollback}";

    private static Task RedrawAsync(ClientCall call, string name, IAnsiConsole console) =>
        console.Live(new Text("")).StartAsync(async live =>
        {
            await foreach (var (rollout, trouble) in RolloutFollower.FollowAsync(call, name, call.Stop))
            {
                // Measured each time, since the window may have been resized.
                IRenderable screen = StatusScreen.Of(name, rollout, Sheet.Of(console));
                live.UpdateTarget(trouble is null
                    ? screen
                    : new Rows(screen, new Text(trouble + " Shown is what was seen last.", Look.Alarm)));
                if (rollout.IsClosed && trouble is null)
                {
                    return;
                }
            }
        });
}
