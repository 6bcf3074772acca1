using System.CommandLine;
using Snapback.Proxy.Commands;
using Spectre.Console;
using Xunit;

namespace Snapback.Proxy.Tests.Commands;

/// <summary>The command line run inside the test, with everything that it writes.</summary>
internal static class Cli
{
    public static readonly ClientHost Host = new()
    {
        Variable = _ => null,
        User = "ada",
        AnswerWithin = TimeSpan.FromSeconds(5),
        LookEvery = TimeSpan.FromMilliseconds(5),
        Patience = TimeSpan.FromMilliseconds(100),
        OpenConsole = writer => Console(writer, 80),
    };

    public static Task<Said> RunAsync(FakeAdmin admin, params string[] args) => RunAsync(admin, Host, args);

    public static Task<Said> RunAsync(FakeAdmin admin, ClientHost host, params string[] args) =>
        RunAsync(host, [.. args, "--admin", admin.Url]);

    public static Task<Said> RunAsync(ClientHost host, params string[] args) =>
        RunUntilAsync(host, args, TestContext.Current.CancellationToken);

    public static async Task<Said> RunUntilAsync(ClientHost host, string[] args, CancellationToken stop)
    {
        var root = new RootCommand();
        foreach (var verb in ClientVerbs.All(host))
        {
            root.Add(verb);
        }

        root.Add(PlanVerb.Define(host));
        root.Add(DemoVerb.Define());
        root.Add(SimulateVerb.Define(host));
        root.Add(KeysVerb.Define());

        using var output = new StringWriter();
        using var error = new StringWriter();
        var writers = new InvocationConfiguration { Output = output, Error = error };
        var code = await CommandLine.InvokeAsync(root, args, writers, stop);
        return new Said(code, output.ToString(), error.ToString());
    }

    /// <summary>As wide as asked and without colour, so that a test reads what a person reads.</summary>
    public static IAnsiConsole Console(TextWriter writer, int width, bool unicode = true)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = width;
        console.Profile.Capabilities.Unicode = unicode;
        return console;
    }
}

internal sealed record Said(int Code, string Out, string Error)
{
    public string[] Lines => Out.TrimEnd('\n').Split('\n');
}
