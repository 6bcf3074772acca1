using Snapback.Proxy.Commands.Rendering;
using Snapback.Proxy.Hosting;
using Spectre.Console;

namespace Snapback.Proxy.Commands;

/// <summary>What a client verb takes from the process around it; a test gives its own.</summary>
internal sealed record ClientHost
{
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    public string User { get; init; } = Environment.UserName;

    /// <summary>Bytes that are no UTF-8 are refused, as in a file, and not read as question marks.</summary>
    public TextReader Input { get; init; } = new StreamReader(StandardInput.Open(), PlanFiles.Utf8);

    /// <summary>Standard input as a log, read as a file is: a byte that is no UTF-8 is not its end.</summary>
    public TextReader Log { get; init; } = new StreamReader(StandardInput.Open());

    /// <summary>Cancelled once nobody takes the output any more, as after <c>| head -1</c>: a verb without an end of its own ends then.</summary>
    public CancellationToken ReaderGone { get; init; } = StandardOutput.ReaderGone;

    public Func<TextWriter, IAnsiConsole> OpenConsole { get; init; } = Consoles.Open;

    /// <summary>How long an answer may take: longer than the deadline of a commit in the store.</summary>
    public TimeSpan AnswerWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The interval of polling: that of the live page's stream, so that both show the same.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long an event stream may be silent: three of its heartbeats.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How long a verb that waits goes on without an answer, for a proxy that restarts; not for one that has never answered.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);
}
