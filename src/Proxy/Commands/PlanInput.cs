using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Commands;

/// <summary>What a command was given to read: a file, or standard input.</summary>
internal static class PlanInput
{
    public const string Standard = "-";

    /// <summary>Null, with a problem noted, if it cannot be read.</summary>
    /// <param name="input">Standard input.</param>
    public static Task<string?> TextAsync(string file, TextReader input, List<string> problems, CancellationToken stop) =>
        // A read of standard input is not ended by Ctrl-C, so nobody waits for it then.
        Task.Run(() => PlanFiles.Text(file, problems, () => file == Standard ? input.ReadToEnd() : File.ReadAllText(file, PlanFiles.Utf8)), stop)
            .WaitAsync(stop);
}
