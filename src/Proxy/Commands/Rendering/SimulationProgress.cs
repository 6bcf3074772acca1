using Spectre.Console;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>How far a simulation is: on stderr, so that a pipe gets the result alone, and only where somebody sees it.</summary>
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

                // Told from both cores, in any order.
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
