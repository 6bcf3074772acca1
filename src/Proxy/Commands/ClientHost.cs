using Snapback.Proxy.Commands.Rendering;
using Spectre.Console;

namespace Snapback.Proxy.Commands;

/// <summary>What a client verb takes from the process around it; a test gives its own.</summary>
internal sealed record ClientHost
{
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    public string User { get; init; } = Environment.UserName;

    public TextReader Input { get; init; } = Console.In;

    public Func<TextWriter, IAnsiConsole> OpenConsole { get; init; } = Consoles.Open;

    /// <summary>Longer than any commit that the store still takes, shorter than an operator's patience.</summary>
    public TimeSpan AnswerWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The pace of the dashboard's stream, so that both show the same.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Three of the stream's signs of life.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>A proxy that restarts under a wait is back within this; one that never answered gets none of it.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);
}
