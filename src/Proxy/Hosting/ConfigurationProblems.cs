namespace Snapback.Proxy.Hosting;

/// <summary>Everything that keeps the proxy from starting, each with its place and a remedy.</summary>
internal sealed class ConfigurationProblems(IReadOnlyList<string> problems)
    : Exception(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<string> Problems => problems;
}
