using Spectre.Console;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>Shows how far a simulation is: on stderr, so that a pipe gets only the result, and only on a terminal.</summary>
internal static class SimulationProgress
{
    public static Task<T> RunAsync<T>(IAnsiConsole console, Func<Action<double>, T> work) where T : class
    {
        if (console.Profile is not { Out.IsTerminal: true, Capabilities.Ansi: true })
        {
            return Task.Run(() => work(_ => { }));
        }

        return console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(context =>
            {
                var task = context.AddTask("Simulating", maxValue: 1);
                var most = 0d;

                // Reported by parallel runs in any order; the bar only goes forward.
                return Task.Run(() => work(share =>
                {
                    if (share > most + 0.01)
                    {
                        most = share;
                        task.Value = share;
                    }
                }));
            });
    }
}
