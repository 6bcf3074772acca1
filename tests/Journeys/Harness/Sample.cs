using System.Diagnostics;

namespace Snapback.Journeys.Harness;

/// <summary>The application of <c>samples/FeatureManagement</c>, running.</summary>
internal sealed class Sample : IAsyncDisposable
{
    private readonly Child _process;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });

    private Sample(Child process, Uri uri)
    {
        _process = process;
        Uri = uri;
    }

    public Uri Uri { get; }

    /// <param name="flags">Where it gets its flags from.</param>
    public static async Task<Sample> StartAsync(Uri uri, Uri flags, string? token = null)
    {
        string[] asked = token is null ? [] : ["--Snapback:Token", token];
        var executable = Cli.Built("samples/FeatureManagement", "checkout");
        var info = new ProcessStartInfo(executable, ["--urls", uri.ToString(), "--Snapback:Flags", flags.ToString(), .. asked]);
        var sample = new Sample(Child.Start(info), uri);
        await Eventually.SeeAsync("the sample answers", async () =>
        {
            try
            {
                return await sample.CheckoutAsync("");
            }
            catch (HttpRequestException e)
            {
                return e.Message;
            }
        }, answer => answer.EndsWith("the proxy says ", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        return sample;
    }

    /// <summary>What it says to a user who comes past the proxy.</summary>
    public async Task<string> CheckoutAsync(string user)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Uri, "checkout"));
        request.Headers.Add("X-User-Id", user);
        using var response = await _client.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return _process.DisposeAsync();
    }
}
